import { join } from 'node:path';
import { EXPERT_NAME } from '../experts/service-table.js';
import { type Persona, parsePersona } from './persona.js';
import { type Log, WatchedFile } from './watched-file.js';

/** The persona files of one folder, read again when they change. */
export class Personas {
  readonly #router: WatchedFile<Persona>;
  readonly #experts = new Map<string, WatchedFile<Persona>>();

  constructor(
    private readonly folder: string,
    private readonly log?: Log,
  ) {
    this.#router = new WatchedFile(join(folder, 'router.txt'), parsePersona, log);
  }

  /** Who Twin is. @throws TwinError `TWIN_PROMPT_FILE` */
  router(): Persona {
    return this.#router.get();
  }

  /**
   * Who answers as an expert: `<name>_expert.txt`, and where there is none, Twin itself.
   * @throws TwinError `TWIN_PROMPT_FILE`
   */
  expert(name: string): Persona {
    if (!EXPERT_NAME.test(name)) return this.router();
    let file = this.#experts.get(name);
    if (file === undefined) {
      file = new WatchedFile(join(this.folder, `${name}_expert.txt`), parsePersona, this.log);
      this.#experts.set(name, file);
    }
    try {
      return file.get();
    } catch {
      return this.router();
    }
  }
}
