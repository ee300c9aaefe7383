import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { TwinError } from '../errors.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import type { Embedder } from './embedder.js';
import type { LongTermMemory } from './long-term.js';
import { memoryIn, noAbort, realEmbedder } from './real-embedder.fixture.js';

const embedder = realEmbedder('one');
afterAll(() => embedder.close());

let dir: string;
let now: number;
beforeEach(() => {
  dir = temporaryFolder();
  now = Date.UTC(2026, 0, 1);
});

async function open(by: Embedder = embedder): Promise<LongTermMemory> {
  const memory = memoryIn(dir, { embedder: by, now: () => now });
  onTestFinished(() => memory.close());
  await memory.start(noAbort());
  return memory;
}
const told = (memory: LongTermMemory, ...texts: string[]) =>
  Promise.all(texts.map((text) => memory.remember(text, 'told', noAbort())));
const recalled = async (memory: LongTermMemory, question: string) =>
  (await memory.recall(question, noAbort())).map(({ text }) => text);

const SOME = ['I live in Bonn.', 'The spare key is under the blue pot.', 'My daughter plays the trumpet.'];

describe('recall', () => {
  it('gives what bears on a question, and nothing where nothing does', async () => {
    const memory = await open();
    await told(memory, ...SOME);
    expect((await recalled(memory, 'Where did I hide the extra key?'))[0]).toBe(SOME[1]);
    expect((await recalled(memory, 'Which instrument does my girl play?'))[0]).toBe(SOME[2]);
    expect(await recalled(memory, 'How many bytes has a kilobyte?')).toEqual([]);
    expect(await recalled(memory, '  ')).toEqual([]);
  });

  it('considers pinned facts always, and those that are switched off never', async () => {
    const memory = await open();
    const [home, key] = await told(memory, ...SOME);
    await memory.pin(home?.fact.id as number, true);
    expect(await recalled(memory, 'How many bytes has a kilobyte?')).toEqual([SOME[0]]);
    await memory.enable(key?.fact.id as number, false);
    expect(await recalled(memory, 'Where is the spare key?')).not.toContain(SOME[1]);
    expect((await memory.list({ limit: 9 })).map(({ text }) => text)).toContain(SOME[1]);
  });

  it('counts what answers used', async () => {
    const memory = await open();
    const [one] = await told(memory, 'I live in Bonn.');
    await memory.markUsed([one?.fact.id as number]);
    expect(await memory.get(one?.fact.id as number)).toMatchObject({ used: 1, usedAt: now });
  });
});

describe('remembering', () => {
  it('merges what is known, and lets what contradicts it take its place, with history', async () => {
    const memory = await open();
    const [first] = await told(memory, 'I live in Bonn.');
    now += 1000;
    expect((await told(memory, 'i live in Bonn'))[0]).toMatchObject({ how: 'merged', fact: { used: 1, at: now } });
    const [moved] = await told(memory, 'I live in Graz.');
    expect(moved).toMatchObject({ how: 'superseded', before: { text: 'I live in Bonn.' } });
    expect(await recalled(memory, 'Where do I live?')).toEqual(['I live in Graz.']);
    expect(await memory.history(moved?.fact.id as number)).toMatchObject([{ id: first?.fact.id }]);
    expect(await memory.count()).toEqual({ facts: 1, superseded: 1, pinned: 0 });
  });

  it('never replaces a pinned fact', async () => {
    const memory = await open();
    const [first] = await told(memory, 'I live in Bonn.');
    await memory.pin(first?.fact.id as number, true);
    expect((await told(memory, 'I live in Graz.'))[0]?.how).toBe('new');
    expect(await memory.count()).toMatchObject({ facts: 2, superseded: 0 });
  });

  it('two sentences at the same moment see each other', async () => {
    const memory = await open();
    const both = await told(memory, 'My shoe size is 43.', 'My shoe size is 43.');
    expect(both.map(({ how }) => how)).toEqual(['new', 'merged']);
  });

  it('refuses nothing and too much', async () => {
    const memory = await open();
    await expect(memory.remember(' ', 'told', noAbort())).rejects.toMatchObject({ code: 'TWIN_FACT' });
    await expect(memory.remember('x'.repeat(1001), 'told', noAbort())).rejects.toMatchObject({ code: 'TWIN_FACT' });
  });
});

describe('changing', () => {
  it('forgets with undo for a day, then for good', async () => {
    const memory = await open();
    const [home] = await told(memory, ...SOME);
    const id = home?.fact.id as number;
    expect((await memory.forget(id))?.text).toBe(SOME[0]);
    expect(await memory.forget(id)).toBeUndefined();
    expect(await recalled(memory, 'Where do I live?')).not.toContain(SOME[0]);
    expect((await memory.restore(id))?.forgottenAt).toBeNull();
    expect(await recalled(memory, 'Where do I live?')).toContain(SOME[0]);
    await memory.forget(id);
    await memory.close();
    now += 25 * 3_600_000;
    const later = await open();
    expect(await later.restore(id)).toBeUndefined();
    await later.close();
    for (const file of ['long_term_memory.sqlite', 'long_term_memory.faiss'])
      expect(readFileSync(join(dir, file)).includes('I live in Bonn')).toBe(false);
  });

  it('an edited fact is found by its new meaning', async () => {
    const memory = await open();
    const [home] = await told(memory, ...SOME);
    await memory.edit(home?.fact.id as number, 'The boiler is serviced by Weber.');
    expect((await recalled(memory, 'Who repairs the heating?'))[0]).toBe('The boiler is serviced by Weber.');
    expect(await recalled(memory, 'Where do I live?')).not.toContain(SOME[0]);
  });

  it('lists newest first, page by page, and by words', async () => {
    const memory = await open();
    await told(memory, ...SOME, '100 % of the house is paid.');
    const page = await memory.list({ limit: 3 });
    expect(page.map(({ text }) => text)).toEqual(['100 % of the house is paid.', SOME[2], SOME[1]]);
    expect(await memory.list({ limit: 3, before: page[2]?.id as number })).toMatchObject([{ text: SOME[0] }]);
    expect(await memory.list({ limit: 3, text: 'BLUE' })).toMatchObject([{ text: SOME[1] }]);
    expect(await memory.list({ limit: 3, text: '% of' })).toHaveLength(1);
    expect(await memory.list({ limit: 3, text: '_' })).toHaveLength(0);
  });
});

describe('a restart', () => {
  it('brings everything back, with the index that was saved', async () => {
    const memory = await open();
    await told(memory, ...SOME);
    await memory.close();
    expect(existsSync(join(dir, 'long_term_memory.faiss'))).toBe(true);
    const again = await open();
    expect((await recalled(again, 'Where did I hide the extra key?'))[0]).toBe(SOME[1]);
  });

  it.each([
    ['damaged', (file: string) => writeFileSync(file, 'IxFI no index')],
    ['cut', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 2000))],
    ['gone', (file: string) => writeFileSync(file, '')],
  ])('rebuilds an index file that is %s', async (_, spoil) => {
    const memory = await open();
    await told(memory, ...SOME);
    await memory.close();
    spoil(join(dir, 'long_term_memory.faiss'));
    const again = await open();
    expect((await recalled(again, 'Where did I hide the extra key?'))[0]).toBe(SOME[1]);
  });

  it('after the store was killed, the next call has everything', async () => {
    const memory = await open();
    await told(memory, ...SOME);
    const { pid } = memory;
    process.kill(pid as number, 'SIGKILL');
    await expect.poll(() => recalled(memory, 'Where did I hide the extra key?').catch(() => [])).toContain(SOME[1]);
    expect(memory.pid).not.toBe(pid);
  });

  it('with another embedder embeds everything anew', async () => {
    const memory = await open();
    await told(memory, ...SOME);
    await memory.close();
    const other = realEmbedder('two');
    onTestFinished(() => other.close());
    const again = await open(other);
    expect((await recalled(again, 'Where did I hide the extra key?'))[0]).toBe(SOME[1]);
    await told(again, 'My car is a Saab.');
    expect((await recalled(again, 'Which automobile do I drive?'))[0]).toBe('My car is a Saab.');
  });
});

describe('without an embedder', () => {
  const none: Embedder = {
    id: '',
    dimensions: 0,
    start: () => Promise.reject(new TwinError('TWIN_MODEL_NONE', 'No embedding model.', { next: 'Pull one.' })),
    embed: () => Promise.reject(new TwinError('TWIN_MODEL_NONE', 'No embedding model.')),
    health: () => ({ ok: false, detail: 'No embedding model.' }),
    close: async () => undefined,
  };

  it('facts are kept and listed, and recalled once there is one', async () => {
    const memory = memoryIn(dir, { embedder: none });
    onTestFinished(() => memory.close());
    await expect(memory.start(noAbort())).rejects.toMatchObject({ code: 'TWIN_MODEL_NONE' });
    expect((await told(memory, 'The spare key is under the blue pot.'))[0]?.how).toBe('new');
    expect(await memory.recall('Where is the key?', noAbort())).toEqual([]);
    expect(await memory.list({ limit: 3, text: 'key' })).toHaveLength(1);
    expect(memory.health()).toMatchObject({ ok: false });
    await memory.close();
    expect((await recalled(await open(), 'Where did I hide the extra key?'))[0]).toContain('blue pot');
  });
});
