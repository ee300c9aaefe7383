import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TwinError } from '../../errors.js';
import { readIfThere, writePrivate } from '../../state-file.js';
import { type Role, role } from '../protocol.js';

const MAX_KEYS = 100;

/** `hash`: hexadecimal SHA-256 of the key. Keys are 256 random bits, so a slow hash would add nothing. */
const storedKey = z.object({
  id: z.string(),
  name: z.string(),
  role,
  hash: z.string().length(64),
  created: z.string(),
});
type StoredKey = z.infer<typeof storedKey>;

/** What may be shown of a key. */
export type KeyInfo = { id: string; name: string; role: Role; created: string };

export const newKeyRequest = z.object({ name: z.string().trim().min(1).max(64), role });

const sha256 = (key: string): Buffer => hash('sha256', key, 'buffer');
const info = ({ id, name, role: its, created }: StoredKey): KeyInfo => ({ id, name, role: its, created });

/** API keys, kept hashed in `<home>/keys.json`. */
export class Keys {
  readonly #file: string;
  #keys: StoredKey[] = [];
  #saving: Promise<void> = Promise.resolve();

  private constructor(home: string) {
    this.#file = join(home, 'keys.json');
  }

  /**
   * Reads the keys of `home`. Where there are none, the first admin key is made and written to `<home>/admin.key`.
   * @throws TwinError `TWIN_KEYS`
   */
  static async open(home: string): Promise<Keys> {
    const keys = new Keys(home);
    try {
      await mkdir(home, { recursive: true, mode: 0o700 });
      await keys.#load(join(home, 'admin.key'));
    } catch (error) {
      throw new TwinError('TWIN_KEYS', `The API keys in ${home} cannot be read or written.`, {
        next: 'Check that the folder belongs to the user that runs the agent, or set TWIN_HOME to another one.',
        cause: error,
      });
    }
    return keys;
  }

  /** The key that `given` is, or undefined. Takes the same time for every wrong key. */
  find(given: string): KeyInfo | undefined {
    const hash = sha256(given);
    let found: StoredKey | undefined;
    for (const key of this.#keys) if (timingSafeEqual(hash, Buffer.from(key.hash, 'hex'))) found = key;
    return found && info(found);
  }

  get(id: string): KeyInfo | undefined {
    const key = this.#keys.find((each) => each.id === id);
    return key && info(key);
  }

  list(): KeyInfo[] {
    return this.#keys.map(info);
  }

  /**
   * Makes a key; its text is not kept and cannot be shown again.
   * @throws TwinError `TWIN_TOO_MANY_KEYS`
   */
  async create(name: string, its: Role): Promise<KeyInfo & { key: string }> {
    if (this.#keys.length >= MAX_KEYS) {
      throw new TwinError('TWIN_TOO_MANY_KEYS', `There are ${MAX_KEYS} keys already.`, {
        next: 'Revoke one with `twin keys revoke ID`.',
      });
    }
    const key = `twin_${randomBytes(32).toString('base64url')}`;
    const stored = this.#add(key, name, its);
    await this.#save();
    return { ...info(stored), key };
  }

  /** @throws TwinError `TWIN_NOT_FOUND`, or `TWIN_LAST_ADMIN` when nobody could make keys any more. */
  async revoke(id: string): Promise<void> {
    const rest = this.#keys.filter((key) => key.id !== id);
    if (rest.length === this.#keys.length) {
      throw new TwinError('TWIN_NOT_FOUND', `There is no key ${id}.`, { next: 'See `twin keys list`.' });
    }
    if (!rest.some((key) => key.role === 'admin')) {
      throw new TwinError('TWIN_LAST_ADMIN', 'This is the last admin key.', {
        next: 'Create another admin key first.',
      });
    }
    this.#keys = rest;
    await this.#save();
  }

  #add(key: string, name: string, its: Role): StoredKey {
    const stored = {
      id: randomBytes(4).toString('hex'),
      name,
      role: its,
      hash: sha256(key).toString('hex'),
      created: new Date().toISOString(),
    };
    this.#keys.push(stored);
    return stored;
  }

  async #load(adminFile: string): Promise<void> {
    const text = await readIfThere(this.#file);
    if (text !== undefined) this.#keys = z.array(storedKey).parse(JSON.parse(text));
    if (this.#keys.length > 0) return;
    const kept = (await readIfThere(adminFile))?.trim();
    const key = kept || `twin_${randomBytes(32).toString('base64url')}`;
    this.#add(key, 'first admin key', 'admin');
    if (!kept) await writePrivate(adminFile, `${key}\n`);
    await this.#save();
  }

  #save(): Promise<void> {
    const write = () => writePrivate(this.#file, `${JSON.stringify(this.#keys, null, 2)}\n`);
    this.#saving = this.#saving.then(write, write);
    return this.#saving;
  }
}
