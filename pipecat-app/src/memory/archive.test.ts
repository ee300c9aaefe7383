import { createHash } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import type { LongTermMemory } from './long-term.js';
import { memoryIn, noAbort, realEmbedder } from './real-embedder.fixture.js';

const embedder = realEmbedder('one');
afterAll(() => embedder.close());

let dir: string;
let memory: LongTermMemory;
beforeEach(async () => {
  dir = temporaryFolder();
  memory = memoryIn(dir, { embedder });
  onTestFinished(() => memory.close());
  await memory.start(noAbort());
  for (const text of ['I live in Bonn.', 'I live in Graz.', 'I like tea.'])
    await memory.remember(text, 'told', noAbort());
});
const texts = async () => (await memory.list({ limit: 99, superseded: true })).map(({ text }) => text);

describe('named states', () => {
  it('bring back what was, its history and its vectors too', async () => {
    await memory.saveState('monday');
    const [tea] = await memory.list({ limit: 1 });
    await memory.forget(tea?.id as number);
    await memory.remember('I like rum.', 'told', noAbort());
    expect(await memory.loadState('monday')).toEqual({ facts: 3 });
    expect(await texts()).toEqual(['I like tea.', 'I live in Graz.', 'I live in Bonn.']);
    expect((await memory.recall('Where do I live?', noAbort()))[0]?.text).toBe('I live in Graz.');
    expect((await memory.states()).map(({ name }) => name)).toEqual(['monday']);
    await memory.deleteState('monday');
    expect(await memory.states()).toEqual([]);
    await expect(memory.loadState('monday')).rejects.toMatchObject({ code: 'TWIN_NOT_FOUND' });
  });

  it.each(['', '..', '../x', 'a/b', '/etc', '.hidden', 'a\0b', 'x'.repeat(65), 'a b', 'ü'])(
    'refuse the name %j',
    async (name) => {
      for (const act of [memory.saveState(name), memory.loadState(name), memory.deleteState(name)])
        await expect(act).rejects.toMatchObject({ code: 'TWIN_STATE_NAME' });
    },
  );
});

describe('an import', () => {
  const sum = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
  const fact = (more: object = {}) =>
    `${JSON.stringify({ id: 1, text: 'x', at: 1, source: 'told', pinned: false, enabled: true, used: 0, usedAt: 0, supersededBy: null, forgottenAt: null, vector: false, ...more })}\n`;
  const manifest = (facts: string, more: object = {}) =>
    JSON.stringify({
      format: 'twin-memory-1',
      at: 1,
      embedder: '',
      dimensions: 0,
      facts: 1,
      sums: { 'facts.jsonl': sum(facts), 'vectors.f32': sum('') },
      ...more,
    });
  async function archive(members: [{ name: string; type?: 'symlink'; linkname?: string }, string][]): Promise<string> {
    const tar = pack();
    for (const [header, body] of members) tar.entry(header, header.type ? '' : body);
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    const file = join(dir, 'given.tar.gz');
    writeFileSync(file, gzipSync(Buffer.concat(chunks)));
    return file;
  }
  const whole = (facts = fact(), more: object = {}): [{ name: string }, string][] => [
    [{ name: 'manifest.json' }, manifest(facts, more)],
    [{ name: 'facts.jsonl' }, facts],
    [{ name: 'vectors.f32' }, ''],
  ];

  it('of a whole archive replaces everything, and embeds what came without vectors', async () => {
    const facts = fact({ text: 'The spare key is under the blue pot.' });
    expect(await memory.importFrom(await archive(whole(facts)))).toEqual({ facts: 1 });
    expect(await texts()).toEqual(['The spare key is under the blue pot.']);
    expect(await memory.recall('Where did I hide the extra key?', noAbort())).toHaveLength(1);
  });

  it.each<[string, () => Promise<string>]>([
    ['leads out of its folder', () => archive([...whole(), [{ name: '../../evil' }, 'x']])],
    ['has an absolute name', () => archive([[{ name: '/tmp/evil' }, 'x'], ...whole()])],
    [
      'holds a link',
      () => archive([[{ name: 'facts.jsonl', type: 'symlink', linkname: '/etc/passwd' }, ''], ...whole()]),
    ],
    ['holds a member twice', () => archive([...whole(), ...whole()])],
    ['lacks a member', () => archive(whole().slice(0, 2))],
    ['has another sum', () => archive(whole(fact(), { sums: { 'facts.jsonl': sum('y'), 'vectors.f32': sum('') } }))],
    ['has another count', () => archive(whole(fact(), { facts: 2 }))],
    ['has a fact of another form', () => archive(whole(fact({ text: 7 })))],
    ['has an unknown field', () => archive(whole(fact({ evil: 1 })))],
    ['names a fact that is missing', () => archive(whole(fact({ supersededBy: 9 })))],
    ['has a fact twice', () => archive(whole(fact() + fact(), { facts: 2 }))],
    ['lacks vectors', () => archive(whole(fact({ vector: true }), { dimensions: 384 }))],
  ])('of an archive that %s changes nothing', async (_, make) => {
    const before = await texts();
    await expect(memory.importFrom(await make())).rejects.toMatchObject({ code: 'TWIN_MEMORY_ARCHIVE' });
    expect(await texts()).toEqual(before);
    expect(existsSync(join(dir, '..', 'evil'))).toBe(false);
    expect((await memory.recall('Where do I live?', noAbort()))[0]?.text).toBe('I live in Graz.');
  });

  it('of an export that is cut or changed anywhere changes nothing', async () => {
    const before = await texts();
    const file = join(dir, 'mine.tar.gz');
    await memory.exportTo(file);
    const { readFileSync } = await import('node:fs');
    const good = readFileSync(file);
    const tar = gunzipSync(good);
    const spoiled = [good.subarray(0, good.length / 2), Buffer.from('no archive'), Buffer.alloc(0)];
    for (const at of [0.3, 0.5, 0.7]) {
      const bad = Buffer.from(tar);
      const i = Math.floor(bad.length * at);
      bad[i] = (bad[i] as number) ^ 1;
      spoiled.push(gzipSync(bad));
    }
    for (const bytes of spoiled) {
      writeFileSync(file, bytes);
      await expect(memory.importFrom(file)).rejects.toMatchObject({ code: 'TWIN_MEMORY_ARCHIVE' });
    }
    expect(await texts()).toEqual(before);
    expect(readdirSync(dir).filter((name) => name.endsWith('.new'))).toEqual([]);
  });
});
