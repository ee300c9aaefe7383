import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../job-error.js';
import { sha256 } from './models.js';
import { tokenBytes, tokensIn } from './slot-file.js';
import { manifestIn, type SlotManifest } from './slot-manifest.js';
import type { SlotServer } from './slot-server.js';

/** Fewer are evaluated again sooner than read. */
const LEAST_TOKENS = 32;
/** Tokens at the end that a server may evaluate again although it has restored a slot; a no-op misses nearly all. */
const TOLERANCE = 16;
const SAVE_MS = 10_000;
const QUARANTINE = 'quarantine';

/** The file of a slot: what it holds, or why it is not used. */
export type CheckedSlot = { slot: number } & ({ tokens: number[]; changedMs: number } | { why: string });

export type KeptSlotsParts = {
  /** Folder of this expert's slots; llama-server writes and reads there (`--slot-save-path`). */
  dir: string;
  server: SlotServer;
  /** `identityOf` of what serves. */
  identity: string;
  /** Most bytes of all files together. */
  maxBytes: number;
  log(line: string): void;
};

/** What the slots of an expert have evaluated, kept on disk while it sleeps. The files hold what was said: only their owner reads them, and a restored one is gone. */
export class KeptSlots {
  constructor(private readonly parts: KeptSlotsParts) {}

  /** Makes the folder. @returns whether slots can be kept there */
  static async prepare(dir: string): Promise<boolean> {
    try {
      await mkdir(join(dir, QUARANTINE), { recursive: true, mode: 0o700 });
      const probe = join(dir, '.probe');
      await writeFile(probe, '', { mode: 0o600 });
      await rm(probe);
      return true;
    } catch {
      return false;
    }
  }

  /** Saves every idle slot that holds something, with a manifest; a slot that cannot be saved is left out. @returns how many were saved */
  async save(signal: AbortSignal): Promise<number> {
    const { server, log } = this.parts;
    await this.#clear();
    let [saved, bytes] = [0, 0];
    for (const slot of await server.idle(signal)) {
      try {
        bytes += await this.#saveOne(
          slot,
          this.parts.maxBytes - bytes,
          AbortSignal.any([signal, AbortSignal.timeout(SAVE_MS)]),
        );
        saved++;
      } catch (error) {
        await rm(this.#file(slot), { force: true });
        if (!(error instanceof Skipped)) log(`slot ${slot} is not kept: ${messageOf(error)}`);
      }
    }
    return saved;
  }

  /**
   * Reads every file there is and says of each whether it is what its manifest says, of this very model and build. It needs no
   * server: it is done while the model loads, for there may be a gigabyte to read. Changes nothing on disk.
   */
  async check(signal: AbortSignal): Promise<CheckedSlot[]> {
    const names = (await readdir(this.parts.dir)).filter((name) => /^slot-\d+$/.test(name));
    const checked: CheckedSlot[] = [];
    for (const name of names) {
      const slot = Number(name.slice('slot-'.length));
      const result = await this.#checkOne(slot, signal).catch((error: unknown) => messageOf(error));
      signal.throwIfAborted();
      checked.push(typeof result === 'string' ? { slot, why: result } : { slot, ...result });
    }
    return checked;
  }

  /**
   * Restores every slot that was found good and has not changed since, and proves by the server's own count that it helps.
   * Anything else is put aside and the slot left empty. @returns how many were restored
   */
  async restore(signal: AbortSignal, checked?: readonly CheckedSlot[]): Promise<number> {
    const { dir, log } = this.parts;
    await rm(join(dir, QUARANTINE), { recursive: true, force: true });
    await KeptSlots.prepare(dir);
    let restored = 0;
    for (const one of checked ?? (await this.check(signal))) {
      const { slot } = one;
      // Taken away first: a file that brings the server down is not tried a second time.
      await rm(this.#manifest(slot), { force: true });
      const why = await this.#restoreOne(one, signal).catch(messageOf);
      signal.throwIfAborted();
      if (why === undefined) {
        restored++;
        await rm(this.#file(slot), { force: true });
        continue;
      }
      log(`slot ${slot} is not restored: ${why}`);
      await rename(this.#file(slot), join(dir, QUARANTINE, `slot-${slot}`));
      await this.parts.server.erase(slot, signal).catch(() => undefined);
    }
    return restored;
  }

  async #saveOne(slot: number, room: number, signal: AbortSignal): Promise<number> {
    const file = this.#file(slot);
    const tokens = await this.parts.server.save(slot, `slot-${slot}`, signal);
    if (tokens < LEAST_TOKENS) throw new Skipped();
    const { size: bytes } = await stat(file);
    if (bytes > room) throw new Error(`its ${Math.ceil(bytes / 2 ** 20)} MB are more than there is room for`);
    const found = await tokensOf(file);
    if (found?.length !== tokens) throw new Error('its file is of a kind that is not known');
    const { identity } = this.parts;
    const manifest: SlotManifest = {
      version: 1,
      slot,
      identity,
      bytes,
      sha256: await sha256(file, signal),
      tokens,
      savedAt: new Date().toISOString(),
    };
    const path = this.#manifest(slot);
    await writeFile(`${path}.new`, JSON.stringify(manifest), { mode: 0o600, flush: true });
    await rename(`${path}.new`, path);
    return bytes;
  }

  /** @returns why the slot is not to be restored, or what its file holds */
  async #checkOne(slot: number, signal: AbortSignal): Promise<string | { tokens: number[]; changedMs: number }> {
    const manifest = manifestIn(await readFile(this.#manifest(slot), 'utf8').catch(() => ''));
    const file = this.#file(slot);
    if (manifest === undefined || manifest.slot !== slot) return 'it has no manifest';
    if (manifest.identity !== this.parts.identity) return 'it is of another model, build or size';
    const { size, mtimeMs: changedMs } = await stat(file);
    if (size !== manifest.bytes) return 'its file has another length';
    if ((await sha256(file, signal)) !== manifest.sha256) return 'its file is damaged';
    const tokens = await tokensOf(file);
    return tokens?.length === manifest.tokens ? { tokens, changedMs } : 'its file is of a kind that is not known';
  }

  /** @returns why the slot is not restored */
  async #restoreOne(checked: CheckedSlot, signal: AbortSignal): Promise<string | undefined> {
    if ('why' in checked) return checked.why;
    const { server } = this.parts;
    const { slot, tokens, changedMs } = checked;
    if ((await stat(this.#file(slot))).mtimeMs !== changedMs) return 'its file has changed since it was checked';
    if ((await server.restore(slot, `slot-${slot}`, signal)) !== tokens.length)
      return 'the server took only a part of it';
    const cached = await server.cached(slot, tokens, signal);
    if (cached >= tokens.length - TOLERANCE) return undefined;
    return `the server says that it was, and has ${cached} of ${tokens.length} tokens evaluated`;
  }

  async #clear(): Promise<void> {
    const { dir } = this.parts;
    // Manifests first: a file without one is never used.
    for (const name of await readdir(dir)) if (/^slot-\d+\.json/.test(name)) await rm(join(dir, name), { force: true });
    for (const name of await readdir(dir)) if (/^slot-\d+$/.test(name)) await rm(join(dir, name), { force: true });
  }

  #file = (slot: number): string => join(this.parts.dir, `slot-${slot}`);
  #manifest = (slot: number): string => `${this.#file(slot)}.json`;
}

/** A slot with nothing worth keeping. */
class Skipped extends Error {}

/** Reads the tokens of a slot's file without the rest of it. */
async function tokensOf(path: string): Promise<number[] | undefined> {
  const file = await open(path);
  try {
    const header = Buffer.alloc(12);
    await file.read(header, 0, header.length, 0);
    const bytes = tokenBytes(header);
    if (bytes === undefined) return undefined;
    const beginning = Buffer.alloc(bytes);
    const { bytesRead } = await file.read(beginning, 0, bytes, 0);
    return tokensIn(beginning.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
