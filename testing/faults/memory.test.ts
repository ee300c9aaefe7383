import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@twin/pipecat-app/config.js';
import type { Embedder } from '@twin/pipecat-app/memory/embedder.js';
import { LongTermMemory } from '@twin/pipecat-app/memory/long-term.js';
import { nativeParts } from '@twin/pipecat-app/memory/native-parts.js';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';

const SAVES = 200;
const native = nativeParts(readConfig().TWIN_ENGINES);
const signal = new AbortController().signal;

/** Every text has a direction of its own. */
const embedder: Embedder = {
  id: 'by number',
  dimensions: SAVES,
  start: async () => undefined,
  embed: async (texts) =>
    texts.map((text) => Float32Array.from({ length: SAVES }, (_, i) => (i === Number(/\d+/.exec(text)?.[0]) ? 1 : 0))),
  health: () => ({ ok: true, detail: '' }),
  close: async () => undefined,
};

it('kill -9 of the store during 200 saves loses nothing that was saved and corrupts nothing', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'twin-faults-'));
  const memory = new LongTermMemory({ dir, embedder, native: () => native });
  const saved: string[] = [];
  let kills = 0;
  try {
    await memory.start(signal);
    for (let i = 0; i < SAVES; i++) {
      const text = `Box ${i} is full of tools.`;
      const keeping = memory.remember(text, 'told', signal);
      const { pid } = memory;
      // Every fourth save is killed, at another moment of it each time.
      const killer =
        i % 4 === 3 ? setTimeout(() => pid !== undefined && process.kill(pid, 'SIGKILL'), (i % 11) / 2) : undefined;
      const ok = await keeping.then(
        () => true,
        () => false,
      );
      if (ok) saved.push(text);
      else kills++;
      clearTimeout(killer);
    }
    expect(kills).toBeGreaterThan(10);
    await memory.close();

    const db = new Database(join(dir, 'long_term_memory.sqlite'), { nativeBinding: native.sqlite });
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
    const again = new LongTermMemory({ dir, embedder, native: () => native });
    await again.start(signal);
    const there = new Set((await again.list({ limit: 1000 })).map(({ text }) => text));
    expect(saved.filter((text) => !there.has(text))).toEqual([]);
    for (const text of saved) expect((await again.recall(text, signal))[0]?.text).toBe(text);
    await again.close();
  } finally {
    await memory.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
