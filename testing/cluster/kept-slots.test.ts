import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverArguments } from '@twin/jobs/head/arguments.js';
import { KeptSlots } from '@twin/jobs/head/kept-slots.js';
import { headSettings } from '@twin/jobs/head/settings.fixture.js';
import { SlotServer } from '@twin/jobs/head/slot-server.js';
import { readConfig } from '@twin/pipecat-app/config.js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { part } from '../parts/parts.js';
import { freePorts } from './ports.js';
import { startProcess, stopProcess } from './server-process.js';

const MODEL = { name: 'small', file: 'gemma-3-270m-q4_k_m.gguf', prompt: 'completion' as const };
const PERSONA = 'You are the keeper of a small house by the sea and answer in one sentence. '.repeat(60);
const WORDS = [' Where is the lamp?', ' Is the door shut?', ' Who is there?'];
const signal = AbortSignal.timeout(170_000);

let folder: string;
/** As it was saved: a file of about a thousand tokens, and its manifest. */
let original: string;
let slots: string;
let base = '';
let pid: number | undefined;
let coldMs = 0;

/** llama-server with the arguments of a head, anew and empty. */
async function fresh(change = (args: string[]): string[] => args): Promise<void> {
  await stop();
  const [port = 0] = await freePorts(1);
  const where = { host: '127.0.0.1', port, modelsDir: readConfig().TWIN_MODELS, slotsDir: slots, slots: 2, threads: 1 };
  base = `http://127.0.0.1:${port}`;
  pid = await startProcess({
    name: 'llama-server',
    command: [part('llama-server'), ...change(serverArguments(headSettings(where), MODEL, []))],
    logFile: join(folder, 'llama-server.log'),
    patienceMs: 60_000,
    detached: false,
    cwd: folder,
    ready: async () => (await fetch(`${base}/health`).catch(() => undefined))?.ok === true,
  });
}
async function stop(): Promise<void> {
  if (pid !== undefined) await stopProcess(pid);
  pid = undefined;
}

/** Asks behind the persona; what the server evaluated for it, and the ms to the first token. */
async function ask(words: string): Promise<{ evaluated: number; cached: number; ms: number; said: string }> {
  const began = performance.now();
  const body = { prompt: PERSONA + words, n_predict: 1, id_slot: 0, cache_prompt: true, temperature: 0 };
  const answer = await fetch(`${base}/completion`, { method: 'POST', body: JSON.stringify(body), signal });
  const its = (await answer.json()) as { content: string; timings: { prompt_n: number; cache_n: number } };
  const { prompt_n: evaluated, cache_n: cached } = its.timings;
  return { evaluated, cached, ms: performance.now() - began, said: its.content };
}

const lines: string[] = [];
const kept = (identity = 'this model'): KeptSlots =>
  new KeptSlots({
    dir: slots,
    server: new SlotServer(base),
    identity,
    maxBytes: 2 ** 30,
    log: (line) => void lines.push(line),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twin-slots-'));
  slots = join(folder, 'slots');
  original = join(folder, 'original');
  expect(await KeptSlots.prepare(slots)).toBe(true);
  await fresh();
  // The first request of a process loads the weights from disk: no prompt is as slow again.
  await fetch(`${base}/completion`, {
    method: 'POST',
    body: JSON.stringify({ prompt: 'Hi', n_predict: 1, id_slot: 1 }),
  });
  const cold = await ask(WORDS[0] ?? '');
  expect(cold.evaluated).toBeGreaterThan(900);
  coldMs = cold.ms;
  expect(await kept().save(signal)).toBe(1);
  await copyFile(join(slots, 'slot-0'), original);
  await copyFile(join(slots, 'slot-0.json'), `${original}.json`);
});
afterAll(async () => {
  await stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  lines.length = 0;
  await rm(slots, { recursive: true, force: true });
  await KeptSlots.prepare(slots);
  await copyFile(original, join(slots, 'slot-0'));
  await copyFile(`${original}.json`, join(slots, 'slot-0.json'));
});

test('after a sleep a persona of a thousand tokens is there: the next question evaluates its own words only', async () => {
  await fresh();
  await fetch(`${base}/completion`, {
    method: 'POST',
    body: JSON.stringify({ prompt: 'Hi', n_predict: 1, id_slot: 1 }),
  });
  expect(await kept().restore(signal)).toBe(1);
  const { evaluated, cached, ms } = await ask(WORDS[1] ?? '');
  console.log(`cold ${Math.round(coldMs)} ms; restored: ${evaluated} evaluated, ${cached} kept, ${Math.round(ms)} ms`);
  expect(evaluated).toBeLessThanOrEqual(16);
  expect(ms).toBeLessThan(coldMs);
  // What was said does not stay on disk once it is in memory again.
  expect(await readdir(slots)).toEqual(['quarantine']);
});

test('a server that says it has restored a slot and has not is found out', async () => {
  // So does llama-server with a model that looks back over a window only, unless it holds the whole context.
  await fresh((args) => args.filter((arg) => arg !== '--swa-full'));
  expect(await kept().restore(signal)).toBe(0);
  expect(lines.join()).toMatch(/the server says that it was, and has 0 of \d+ tokens evaluated/);
  expect(await readdir(join(slots, 'quarantine'))).toEqual(['slot-0']);
});

test('a file that is damaged, cut, of another model or without its manifest is never used, in 100 tries', async () => {
  const file = join(slots, 'slot-0');
  const whole = await readFile(original);
  const manifest = JSON.parse(await readFile(`${original}.json`, 'utf8')) as Record<string, unknown>;
  const says = (changes: object) => writeFile(join(slots, 'slot-0.json'), JSON.stringify({ ...manifest, ...changes }));
  const harm: ((i: number) => Promise<unknown>)[] = [
    async (i) => {
      const one = Buffer.from(whole);
      const at = Math.floor((whole.length * i) / 100);
      one[at] = (one[at] ?? 0) ^ (1 << (i % 8));
      await writeFile(file, one);
    },
    (i) => truncate(file, Math.floor((whole.length * i) / 100)),
    (i) => writeFile(file, randomBytes(1000 + i)),
    () => says({ identity: 'another model' }),
    () => rm(join(slots, 'slot-0.json')),
    (i) => writeFile(join(slots, 'slot-0.json'), JSON.stringify(manifest).slice(0, i)),
    (i) => says({ tokens: i }),
    (i) => says({ slot: 1 + i }),
    (i) => says({ bytes: whole.length - 1 - i }),
    (i) => says({ sha256: 'f'.repeat(i % 65) }),
  ];
  await fresh();
  let used = 0;
  for (let i = 0; i < 100; i++) {
    await copyFile(original, file);
    await says({});
    await harm[i % harm.length]?.(i);
    used += await kept().restore(signal);
    expect(await readdir(slots)).toEqual(['quarantine']);
  }
  expect([used, lines.length]).toEqual([0, 100]);
  expect((await ask(WORDS[2] ?? '')).cached).toBe(0);
});
