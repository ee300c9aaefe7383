import { childProcesses } from '@twin/pipecat-app/mouth/child-processes.fixture.js';
import { concat, SAMPLE_RATE } from '@twin/pipecat-app/voice/pcm.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuSeconds } from '../bench/process-usage.js';
import { type Ear, localEar, remoteEar } from './ears.js';
import { addNoise, NOISES, noise } from './noise-set.js';
import { RECORDINGS, recording } from './recordings.js';
import { speech } from './render.js';
import { seeded } from './seeded.js';
import { errorRate, wordError } from './word-error.js';

const never = new AbortController().signal;
const FINAL = { kind: 'final' } as const;

describe.each([
  ['Whisper on this machine', localEar, 200],
  ['Whisper behind an OpenAI server', remoteEar, 20],
])('%s', (_, open, sounds) => {
  let ear: Ear;
  let beckett: Int16Array;

  beforeAll(async () => {
    beckett = await recording('beckett.wav');
    ear = await open();
  });
  afterAll(async () => {
    const { pid } = ear.whisper;
    await ear.close();
    expect(pid).toBeGreaterThan(0);
    expect(childProcesses()).not.toContain(pid);
  });

  it('writes down what people read with at most one word in ten wrong', async () => {
    const cities = await recording('two_cities.wav');
    const half = Math.floor(cities.length / 2);
    const heard: string[] = [];
    for (const piece of [cities.subarray(0, half), cities.subarray(half)])
      heard.push((await ear.stt.transcribe(piece, FINAL, never)).text);
    const { text } = await ear.stt.transcribe(beckett, FINAL, never);
    const errors = [
      wordError(RECORDINGS['two_cities.wav'], heard.join(' ')),
      wordError(RECORDINGS['beckett.wav'], text),
    ];
    expect(errorRate(errors), `${heard.join(' ')} ${text}`).toBeLessThanOrEqual(0.1);
  });

  it('hears nothing in silence, hiss and noise', async () => {
    const quiet = new Int16Array(2 * SAMPLE_RATE);
    const random = seeded(4);
    const noises = [quiet, quiet.map(() => Math.round(random() * 2)), quiet.map(() => Math.round(random() * 60))];
    for (const kind of NOISES)
      for (const level of [0.003, 0.05]) noises.push(addNoise(quiet, await noise(kind, quiet.length, 8), 0, level));
    for (const sound of noises) expect((await ear.stt.transcribe(sound, FINAL, never)).text).toBe('');
  });

  it('answers again after its process was killed in the middle of a request', async () => {
    const before = ear.whisper.pid ?? 0;
    const idle = await cpuSeconds(before);
    const asked = ear.stt.transcribe(beckett, FINAL, never);
    // It computes only while a request is under way.
    await expect.poll(() => cpuSeconds(before), { interval: 5 }).toBeGreaterThan(idle);
    process.kill(before, 'SIGKILL');
    expect((await asked).text).toMatch(/fail better/i);
    expect(ear.whisper.pid).not.toBe(before);
    expect(childProcesses()).not.toContain(before);
  });

  it('ends at once when its user cancels, and serves the next', async () => {
    const cancel = new AbortController();
    const asked = ear.stt.transcribe(beckett, FINAL, cancel.signal);
    cancel.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    expect((await ear.stt.transcribe(beckett.subarray(0, 2 * SAMPLE_RATE), FINAL, never)).text).toMatch(/ever tried/i);
  });

  it(`takes any audio of any length, ${sounds} times`, { timeout: 300_000 }, async () => {
    const random = seeded(11);
    const length = (n: number) => Math.abs(Math.round(random() * n));
    for (let i = 0; i < sounds; i++) {
      const peak = length(32_767);
      const sound = Int16Array.from({ length: [0, 1, 7, 159, length(3_000), length(30_000)][i % 6] ?? 0 }, () =>
        Math.round(random() * peak),
      );
      expect(typeof (await ear.stt.transcribe(sound, FINAL, never)).text).toBe('string');
    }
    const longest = concat([beckett, beckett, beckett, beckett]).subarray(0, 30 * SAMPLE_RATE);
    expect((await ear.stt.transcribe(longest, FINAL, never)).text).toMatch(/fail better/i);
    expect(ear.whisper.health().ok).toBe(true);
  });
});

describe('under a grammar', () => {
  it('only its sentences are heard, and the confidence says how well they fit', async () => {
    const ear = await localEar();
    try {
      const { samples } = await speech('Turn the volume up.');
      const hear = (grammar: string) => ear.stt.transcribe(samples, { ...FINAL, grammar }, never);
      const fits = await hear('root ::= " Turn the volume up." | " Turn the volume down."');
      const other = await hear('root ::= " What day is it?"');
      expect([fits.text, other.text]).toEqual(['Turn the volume up.', 'What day is it?']);
      expect(other.confidence).toBeLessThan((fits.confidence ?? Number.NaN) - 1);
      expect((await ear.stt.transcribe(samples, FINAL, never)).confidence).toBeGreaterThan(-2);
    } finally {
      await ear.close();
    }
  });

  it('that cannot be read is refused', async () => {
    const ear = await localEar();
    try {
      const wrong = ear.stt.transcribe(new Int16Array(SAMPLE_RATE), { ...FINAL, grammar: 'other ::= "x"' }, never);
      await expect(wrong).rejects.toMatchObject({ code: 'TWIN_STT_UNAVAILABLE' });
    } finally {
      await ear.close();
    }
  });
});

describe('one engine for all', () => {
  it('gives finals the engine: a running partial and a new one are told that it is busy', async () => {
    const ear = await localEar();
    try {
      const beckett = await recording('beckett.wav');
      const partial = ear.stt.transcribe(beckett, { kind: 'partial' }, never).catch((error: unknown) => error);
      const final = ear.stt.transcribe(beckett.subarray(0, 2 * SAMPLE_RATE), FINAL, never);
      expect(await partial).toMatchObject({ code: 'TWIN_STT_BUSY' });
      await expect(ear.stt.transcribe(beckett, { kind: 'partial' }, never)).rejects.toMatchObject({
        code: 'TWIN_STT_BUSY',
      });
      expect((await final).text).toMatch(/ever tried/i);
    } finally {
      await ear.close();
    }
  });
});
