import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TwinError } from '../../errors.js';
import { type AuditEntry, type AuditWhat, entryOf, GENESIS, seal, sha256 } from './audit-chain.js';

/** How much of the end of the file is looked at, in bytes; a longer entry is never written. */
const TAIL_BYTES = 1024 * 1024;
/** Longest value of a detail, in characters. */
const MAX_DETAIL = 4000;
const MOST_ENTRIES = 500;

/**
 * `audit.jsonl`: one entry a line, only ever appended to (mode 0600), each on disk before `append` resolves. What a crash
 * left of a last line is removed at the next start, and that is an entry too.
 */
export class AuditLog {
  #work: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly handle: FileHandle,
    private readonly now: () => number,
    private size: number,
    private seq: number,
    private prev: string,
  ) {}

  /**
   * @param now ms since 1970
   * @throws TwinError `TWIN_AUDIT`
   */
  static async open(file: string, now: () => number = Date.now): Promise<AuditLog> {
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const handle = await open(file, 'a+', 0o600);
      await handle.chmod(0o600);
      const { size } = await handle.stat();
      const tail = await readTail(handle, size);
      const whole = tail.subarray(0, tail.lastIndexOf(10) + 1);
      const torn = tail.length - whole.length;
      if (torn > 0) await handle.truncate(size - torn);
      const last = whole.toString('utf8').split('\n').at(-2);
      const entry = last === undefined ? undefined : entryOf(last);
      const prev = entry?.hash ?? (last === undefined ? GENESIS : sha256(last));
      const log = new AuditLog(handle, now, size - torn, entry?.seq ?? 0, prev);
      if (torn > 0) await log.append('repaired', { note: `${torn} bytes of an unfinished last line were removed` });
      return log;
    } catch (cause) {
      throw failure(cause);
    }
  }

  /**
   * Resolves when the entry is on disk.
   * @throws TwinError `TWIN_AUDIT`: nothing was written
   */
  append(what: AuditWhat, details: Record<string, string>): Promise<void> {
    const writing = this.#work.then(() => this.#write(what, details));
    this.#work = writing.catch(() => undefined);
    return writing;
  }

  /** Up to 500 newest entries after number `seq`, oldest first, as far as the last MiB of the file goes. */
  async since(seq: number): Promise<AuditEntry[]> {
    await this.#work;
    const lines = (await readTail(this.handle, this.size)).toString('utf8').split('\n');
    const entries = lines.map(entryOf).filter((entry) => entry !== undefined && entry.seq > seq);
    return (entries as AuditEntry[]).slice(-MOST_ENTRIES);
  }

  async close(): Promise<void> {
    await this.#work;
    await this.handle.close();
  }

  async #write(what: AuditWhat, details: Record<string, string>): Promise<void> {
    const short = Object.fromEntries(Object.entries(details).map(([key, its]) => [key, its.slice(0, MAX_DETAIL)]));
    const at = new Date(this.now()).toISOString();
    const entry = seal({ seq: this.seq + 1, at, what, details: short, prev: this.prev });
    const bytes = Buffer.from(`${JSON.stringify(entry)}\n`);
    try {
      const { bytesWritten } = await this.handle.write(bytes);
      if (bytesWritten !== bytes.length) throw new Error('the disk is full');
      await this.handle.datasync();
    } catch (cause) {
      await this.handle.truncate(this.size).catch(() => undefined);
      throw failure(cause);
    }
    this.size += bytes.length;
    this.seq = entry.seq;
    this.prev = entry.hash;
  }
}

async function readTail(handle: FileHandle, size: number): Promise<Buffer> {
  const length = Math.min(size, TAIL_BYTES);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.subarray(0, bytesRead);
}

const failure = (cause: unknown): TwinError =>
  new TwinError('TWIN_AUDIT', 'The audit log cannot be written, so nothing is done that needs an entry there.', {
    next: 'Check the disk, and whom TWIN_HOME/audit.jsonl belongs to.',
    cause,
  });
