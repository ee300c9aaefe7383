import { constants } from 'node:fs';
import { access, lstat, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '../../errors.js';
import { etagOf } from './etag.js';
import { checkPrompt, kindOf, type PromptKind } from './prompt-text.js';
import type { PromptVersions } from './prompt-versions.js';

export type PromptFile = { name: string; kind: PromptKind; bytes: number /** ISO 8601 */; ts: string };
export type Prompt = { name: string; text: string; etag: string };

/** The files of the prompts' folder, to read and to replace. The mind reads them again when they change. */
export class PromptFiles {
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly versions: PromptVersions,
    /** Writes a file to the disk; another one in tests. */
    private readonly write: typeof writeFile = writeFile,
  ) {}

  /** By name, Twin's own first. */
  async list(): Promise<PromptFile[]> {
    const names = (await readdir(this.folder)).filter(isPrompt).sort((a, b) => order(a) - order(b) || compare(a, b));
    const files = names.map(async (name): Promise<PromptFile[]> => {
      const its = await lstat(join(this.folder, name));
      return its.isFile() ? [{ name, kind: kindOf(name), bytes: its.size, ts: its.mtime.toISOString() }] : [];
    });
    return (await Promise.all(files)).flat();
  }

  /** Why nothing can be saved; undefined when it can. */
  async readOnly(): Promise<TwinError | undefined> {
    return access(this.folder, constants.W_OK).then(
      () => undefined,
      () => readOnly(this.folder),
    );
  }

  /** @throws TwinError `TWIN_PROMPT_NAME`, `TWIN_NOT_FOUND`, `TWIN_PROMPT_FILE` */
  async read(name: string): Promise<Prompt> {
    const found = await this.#find(name);
    if (found) return found;
    throw new TwinError('TWIN_NOT_FOUND', 'There is no such prompt.', { next: 'See them at /api/prompts.' });
  }

  /**
   * Replaces a prompt at once; what it was is kept as a version. One after the other.
   * @param before etag of the text that is replaced; null: there must be none
   * @throws TwinError `TWIN_PROMPT_NAME`, `TWIN_PROMPT_INVALID`, `TWIN_PROMPT_CHANGED`, `TWIN_PROMPTS_READ_ONLY`,
   * `TWIN_PROMPT_FILE`, `TWIN_PROMPT_VERSIONS`
   */
  async save(name: string, text: string, before: string | null): Promise<Prompt> {
    checkPrompt(name, text);
    const saving = this.#last.then(() => this.#save(name, text, before));
    this.#last = saving.catch(() => undefined);
    return saving;
  }

  async #save(name: string, text: string, before: string | null): Promise<Prompt> {
    const known = await this.#find(name);
    if ((known?.etag ?? null) !== before) throw changed(known === undefined, before === null);
    const saved = { name, text, etag: etagOf(text) };
    if (known?.etag === saved.etag) return saved;
    if (known) await this.versions.keep(name, known.text);
    await this.#replace(name, text);
    return saved;
  }

  async #find(name: string): Promise<Prompt | undefined> {
    kindOf(name);
    const file = join(this.folder, name);
    try {
      if (!(await lstat(file)).isFile()) throw new Error('it is no plain file');
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
      return { name, text, etag: etagOf(text) };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new TwinError('TWIN_PROMPT_FILE', `${name} cannot be read: ${(cause as Error).message}.`, {
        next: `Look at ${file}: it must be a plain file of text in UTF-8.`,
        cause,
      });
    }
  }

  /** A crash leaves the old or the new text; who may read the file stays as it was. */
  async #replace(name: string, text: string): Promise<void> {
    const file = join(this.folder, name);
    const draft = join(this.folder, `.${name}.new`);
    try {
      const mode = await lstat(file).then(
        (its) => its.mode & 0o777,
        () => 0o644,
      );
      await this.write(draft, text, { mode, flush: true });
      await rename(draft, file);
    } catch (cause) {
      await rm(draft, { force: true }).catch(() => undefined);
      if (['EROFS', 'EACCES', 'EPERM'].includes((cause as NodeJS.ErrnoException).code ?? ''))
        throw readOnly(this.folder);
      throw new TwinError('TWIN_PROMPT_FILE', `${name} cannot be written.`, { next: 'Check the disk.', cause });
    }
  }
}

function isPrompt(name: string): boolean {
  try {
    kindOf(name);
    return true;
  } catch {
    return false;
  }
}

const order = (name: string): number => ['router.txt', 'commands.yaml'].indexOf(name) + 1 || 3;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function changed(gone: boolean, wantedNew: boolean): TwinError {
  const what = gone
    ? 'It is not there any more.'
    : wantedNew
      ? 'There is one of this name.'
      : 'It was changed elsewhere.';
  return new TwinError('TWIN_PROMPT_CHANGED', `${what} Nothing was saved.`, {
    next: 'Look at what is there now, then save again.',
  });
}

const readOnly = (folder: string): TwinError =>
  new TwinError('TWIN_PROMPTS_READ_ONLY', `The agent may not write to ${folder}.`, {
    next: `Copy that folder to one of the agent's own user, name it with TWIN_PROMPTS and start the agent again.`,
  });
