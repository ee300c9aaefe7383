import { closeSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { PxeError } from './errors.js';

/**
 * Lines of JSON that only grow. Each line is on the disk before `append` returns, so that a machine is never told what the
 * controller could forget. A line that a power cut or kill left unfinished is the last one; it is cut off when opened.
 */
export type Journal<Entry> = { append(entry: Entry): void; close(): void };

/**
 * Opens the journal for the one process that writes it.
 * @param read turns a parsed line into an entry, and throws for anything else
 * @throws PxeError `TWIN_PXE_JOURNAL` where a line before the last is damaged
 */
export function openJournal<Entry>(
  file: string,
  read: (value: unknown) => Entry,
): { journal: Journal<Entry>; entries: Entry[] } {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const fd = openSync(file, 'a+', 0o600);
  try {
    const bytes = readFileSync(fd);
    const whole = bytes.lastIndexOf(10) + 1;
    if (whole < bytes.length) ftruncateSync(fd, whole);
    const lines = bytes.subarray(0, whole).toString('utf8').split('\n').slice(0, -1);
    const entries = lines.map((line, index) => {
      try {
        return read(JSON.parse(line));
      } catch (cause) {
        throw new PxeError('TWIN_PXE_JOURNAL', `Line ${index + 1} of ${file} is damaged.`, {
          next: 'Remove that line; the machine it was about may have to be allowed again.',
          cause,
        });
      }
    });
    return {
      entries,
      journal: {
        append(entry) {
          const line = Buffer.from(`${JSON.stringify(entry)}\n`);
          for (let done = 0; done < line.length; ) done += writeSync(fd, line, done);
          fdatasyncSync(fd);
        },
        close: () => closeSync(fd),
      },
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
