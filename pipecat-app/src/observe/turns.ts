import { chmod, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TurnRecord } from '../server/protocol.js';

/** A full file is kept once, as `turns.jsonl.1`. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Records that may wait for a slow disk; later ones are counted and left out. */
const MAX_WAITING = 1000;

export type TurnLog = {
  /** Never blocks and never throws. */
  append(record: TurnRecord): void;
  /** Waits until everything is on disk. */
  close(): Promise<void>;
};

/** What is kept of a turn: its times and tools, never what was said. */
export function withoutSpeech(record: TurnRecord): object {
  const { transcript: _transcript, answer: _answer, actions, ...rest } = record;
  return { ...rest, actions: actions.map(({ tool, ok }) => ({ tool, ok })) };
}

/**
 * Appends one JSON line per turn to `file` (mode 0600). Problems with the disk go to `onError`, once for each outage.
 */
export function turnLog(file: string, onError: (error: unknown) => void, maxBytes: number = MAX_BYTES): TurnLog {
  const waiting: string[] = [];
  let working: Promise<void> = Promise.resolve();
  let busy = false;
  let failing = false;

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const lines = waiting.splice(0).join('');
      try {
        await append(file, lines, maxBytes);
        failing = false;
      } catch (error) {
        if (!failing) onError(error);
        failing = true;
      }
    }
    busy = false;
  };

  return {
    append(record) {
      if (waiting.length >= MAX_WAITING) return;
      waiting.push(`${JSON.stringify(withoutSpeech(record))}\n`);
      if (busy) return;
      busy = true;
      working = write();
    },
    close: () => working,
  };
}

async function append(file: string, lines: string, maxBytes: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a', 0o600);
  let size: number;
  try {
    await handle.writeFile(lines);
    size = (await handle.stat()).size;
  } finally {
    await handle.close();
  }
  if (size < maxBytes) return;
  await rename(file, `${file}.1`);
  await chmod(`${file}.1`, 0o600);
}
