import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '../errors.js';
import type { Catalogue, Model, ModelKind } from './catalogue.js';
import { sha256File } from './checksum.js';
import type { Progress } from './progress.js';

/** `partial`: a download was cut and will be continued. `unchecked`: right size, checksum not yet verified. */
export type ModelState = 'ready' | 'unchecked' | 'partial' | 'wrong-size' | 'missing';

/** What `firstUsable` found: the entry, where its file is, and why each preferred entry before it was passed over. */
export interface UsableModel {
  readonly model: Model;
  readonly path: string;
  readonly passedOver: readonly TwinError[];
}

/** The folder of model files. A file counts as good only after its checksum was seen to be right. */
export class ModelStore {
  constructor(
    readonly dir: string,
    readonly catalogue: Catalogue,
  ) {}

  path(model: Model): string {
    return join(this.dir, model.file);
  }

  /** Where a download grows until it is whole and verified. */
  partPath(model: Model): string {
    return join(this.dir, `.${model.file}.part`);
  }

  /** The state as far as it is known without reading the whole file. */
  async state(model: Model): Promise<ModelState> {
    const found = await statOrNull(this.path(model));
    if (!found) return (await statOrNull(this.partPath(model)))?.size ? 'partial' : 'missing';
    if (found.size !== model.bytes) return 'wrong-size';
    return (await this.#sealed(model)) ? 'ready' : 'unchecked';
  }

  /**
   * Reads the whole file and compares its checksum; remembers a good result until the file changes.
   * @throws TwinError `TWIN_MODEL_MISSING` or `TWIN_MODEL_CORRUPT`.
   */
  async verify(model: Model, signal?: AbortSignal, onProgress?: Progress): Promise<void> {
    const next = `Run \`twin models pull ${model.name}\`.`;
    const found = await statOrNull(this.path(model));
    if (!found) throw new TwinError('TWIN_MODEL_MISSING', `The model ${model.name} is not there.`, { next });
    const wrong = await this.problemOf(model, this.path(model), signal, onProgress);
    if (wrong) {
      await rm(this.#sealPath(model), { force: true });
      throw new TwinError('TWIN_MODEL_CORRUPT', `The model ${model.name} is damaged: ${wrong}.`, { next });
    }
    await this.seal(model);
  }

  /** Like `verify`, but a file that was verified and has not changed since is not read again. */
  async ensure(model: Model, signal?: AbortSignal): Promise<string> {
    if (!(await this.#sealed(model))) await this.verify(model, signal);
    return this.path(model);
  }

  /**
   * The first entry of a kind, in the catalogue's order, whose file is there and whole.
   * @throws TwinError `TWIN_MODEL_NONE` that names every entry and what is wrong with it.
   */
  async firstUsable(kind: ModelKind, signal?: AbortSignal): Promise<UsableModel> {
    const passedOver: TwinError[] = [];
    for (const model of this.catalogue.models.filter((entry) => entry.kind === kind)) {
      try {
        return { model, path: await this.ensure(model, signal), passedOver };
      } catch (error) {
        if (!(error instanceof TwinError)) throw error;
        // A model that nobody asked for is not a finding.
        if (model.default || error.code !== 'TWIN_MODEL_MISSING') passedOver.push(error);
      }
    }
    const reasons = passedOver.map((error) => `\n  ${error.message}`).join('');
    throw new TwinError('TWIN_MODEL_NONE', `No ${kind} model can be used.${reasons}`, {
      next: 'Run `twin models pull --defaults`.',
    });
  }

  /** Why the file at `path` is not the model's, in words; null when it is. */
  async problemOf(model: Model, path: string, signal?: AbortSignal, onProgress?: Progress): Promise<string | null> {
    const { size } = await stat(path);
    if (size !== model.bytes) return `it has ${size} bytes, expected ${model.bytes}`;
    const sum = await sha256File(path, signal, onProgress);
    return sum === model.sha256 ? null : `its checksum is ${sum}, expected ${model.sha256}`;
  }

  #sealPath(model: Model): string {
    return join(this.dir, `.${model.file}.verified`);
  }

  /** What identifies a file's content without reading it; the change time cannot be set back by a program. */
  async #identity(model: Model): Promise<string | null> {
    const found = await statOrNull(this.path(model));
    return found && `${model.sha256} ${found.size} ${found.ino} ${found.mtimeMs} ${found.ctimeMs}`;
  }

  /** Remembers that the model's file, as it is now, was seen to be right. */
  async seal(model: Model): Promise<void> {
    // A models folder that is read-only is fine: the checksum is then computed at every start.
    await writeFile(this.#sealPath(model), `${await this.#identity(model)}\n`).catch(() => {});
  }

  async #sealed(model: Model): Promise<boolean> {
    const identity = await this.#identity(model);
    if (identity === null) return false;
    const seal = await readFile(this.#sealPath(model), 'utf8').catch(() => '');
    return seal.trim() === identity;
  }
}

async function statOrNull(path: string) {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
}
