import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openJournal } from './journal.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twin-journal-'));
  file = join(folder, 'journal.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = (value: unknown): { n: number } => {
  if (typeof (value as { n?: unknown }).n !== 'number') throw new Error('no number');
  return value as { n: number };
};
const entriesOf = (): { n: number }[] => {
  const { journal, entries } = openJournal(file, read);
  journal.close();
  return entries;
};

describe('the journal', () => {
  test('gives back what was written, and goes on behind a line that was cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 40 }), async (cut) => {
        await rm(file, { force: true });
        const { journal } = openJournal(file, read);
        for (const n of [1, 2, 3]) journal.append({ n });
        journal.close();
        const whole = await readFile(file);
        await writeFile(file, whole.subarray(0, Math.max(0, whole.length - cut)));
        const kept = entriesOf();
        expect(kept).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }].slice(0, kept.length));
        const { journal: again } = openJournal(file, read);
        again.append({ n: 4 });
        again.close();
        expect(entriesOf()).toEqual([...kept, { n: 4 }]);
      }),
      { numRuns: 40 },
    );
  });

  test('names a damaged line before the last', async () => {
    await appendFile(file, '{"n":1}\nnonsense\n{"n":2}\n');
    expect(() => openJournal(file, read)).toThrow(
      expect.objectContaining({ code: 'TWIN_PXE_JOURNAL', message: expect.stringContaining('Line 2') }),
    );
  });

  test('has every line that was said to be written, when its writer is killed', async () => {
    const program = `
      const { openJournal } = await import(${JSON.stringify(new URL('../dist/journal.js', import.meta.url).href)});
      const { journal } = openJournal(${JSON.stringify(file)}, (v) => v);
      for (let n = 0; ; n += 1) { journal.append({ n }); process.stdout.write(n + '\\n'); await new Promise(setImmediate); }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
      if (said.split('\n').length > 50) child.kill('SIGKILL');
    });
    await closed;
    const last = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
    const entries = entriesOf();
    expect(last).toBeGreaterThan(40);
    expect(entries.length).toBeGreaterThan(last);
    expect(entries.map(({ n }) => n)).toEqual(entries.map((_, i) => i));
  });
});
