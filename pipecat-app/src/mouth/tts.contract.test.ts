import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concat, SAMPLE_RATE } from '../voice/pcm.js';
import { childProcesses } from './child-processes.fixture.js';
import { collect } from './collect.fixture.js';
import { Espeak } from './espeak.js';
import { OpenAiTts } from './openai-tts.js';
import { type SpeechServer, speechServer } from './speech-server.fixture.js';
import type { Tts } from './tts.js';

const SENTENCE = 'The timer is set for ten minutes.';
const LONG = `${SENTENCE} `.repeat(12);
const VOICE = { name: '', rate: 170 };
const never = new AbortController().signal;

const sound = async (tts: Tts, text: string, voice = VOICE): Promise<Int16Array> =>
  concat(await collect(tts.speak(text, voice, never)));

type Made = { tts: Tts; close(): Promise<void> };

async function overHttp(format: 'pcm' | 'wav'): Promise<Made> {
  const espeak = new Espeak();
  const server: SpeechServer = await speechServer(espeak, format);
  const tts = new OpenAiTts({ baseUrl: server.baseUrl, apiKey: 'k', model: 'tts-1', voice: '' });
  return {
    tts,
    close: async () => {
      await tts.close();
      await server.close();
      await espeak.close();
    },
  };
}

describe.each<[string, () => Promise<Made>]>([
  ['espeak-ng', async () => ({ tts: new Espeak(), close: async () => {} })],
  ['an OpenAI speech server that sends raw samples', () => overHttp('pcm')],
  ['an OpenAI speech server that sends WAV', () => overHttp('wav')],
])('%s', (_, make) => {
  let made: Made;
  let tts: Tts;
  beforeAll(async () => {
    made = await make();
    tts = made.tts;
  });
  afterAll(() => made.close());

  it('speaks a sentence at 16 kHz in the time that its rate asks for', async () => {
    const seconds = (await sound(tts, SENTENCE)).length / SAMPLE_RATE;
    expect(seconds).toBeGreaterThan(1.6);
    expect(seconds).toBeLessThan(2.6);
    const fast = (await sound(tts, SENTENCE, { name: '', rate: 300 })).length / SAMPLE_RATE;
    expect(fast).toBeLessThan(seconds * 0.75);
  });

  it('is heard from the first milliseconds on and ends with a short pause', async () => {
    const samples = await sound(tts, SENTENCE);
    const loud = (sample: number): boolean => Math.abs(sample) > 100;
    expect(samples.findIndex(loud)).toBeLessThan(0.02 * SAMPLE_RATE);
    const pause = samples.length - samples.findLastIndex(loud);
    expect(pause).toBeGreaterThan(0.1 * SAMPLE_RATE);
    expect(pause).toBeLessThan(0.25 * SAMPLE_RATE);
  });

  it('peaks between -6 and -2.5 dBFS', async () => {
    const peak = (await sound(tts, SENTENCE)).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(20 * Math.log10(peak / 32_768)).toBeGreaterThan(-6);
    expect(20 * Math.log10(peak / 32_768)).toBeLessThan(-2.5);
  });

  it('yields a long text in many pieces, none of them empty', async () => {
    const sizes = (await collect(tts.speak(LONG, VOICE, never))).map((piece) => piece.length);
    expect(sizes.length).toBeGreaterThan(5);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(sizes[0]).toBeLessThan(2 * SAMPLE_RATE);
  });

  it('says nothing when there is nothing to say', async () => {
    expect(await sound(tts, '')).toHaveLength(0);
    expect(await sound(tts, ' \n ')).toHaveLength(0);
  });

  it('refuses a voice that it does not list, and lists some', async () => {
    expect(tts.voices().length).toBeGreaterThan(5);
    expect(tts.voices()).not.toContain('--help');
    await expect(sound(tts, 'Hello.', { name: '--help', rate: 170 })).rejects.toMatchObject({
      code: 'TWIN_VOICE_UNKNOWN',
    });
  });

  it('ends at once with an AbortError when it is aborted in the middle', async () => {
    const stop = new AbortController();
    const speech = tts.speak(LONG, VOICE, stop.signal)[Symbol.asyncIterator]();
    await speech.next();
    stop.abort();
    const ended = async (): Promise<void> => {
      while (!(await speech.next()).done);
    };
    await expect(ended()).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(childProcesses).toEqual([]);
  });

  it('does not start when it is aborted before', async () => {
    const speech = tts.speak(LONG, VOICE, AbortSignal.abort());
    await expect(collect(speech)).rejects.toMatchObject({ name: 'AbortError' });
    expect(childProcesses()).toEqual([]);
  });

  it('leaves nothing running when the listener goes away', async () => {
    for await (const piece of tts.speak(LONG, VOICE, never)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    await expect.poll(childProcesses).toEqual([]);
  });

  it('serves several speakers at once, each with the sound it has alone', async () => {
    const alone = await sound(tts, SENTENCE);
    const together = await Promise.all(Array.from({ length: 4 }, () => sound(tts, SENTENCE)));
    for (const samples of together) expect(samples).toEqual(alone);
  });

  it('is well', () => {
    expect(tts.health()).toMatchObject({ ok: true });
  });
});

it.each<[string, () => Promise<Made>]>([
  ['espeak-ng', async () => ({ tts: new Espeak(), close: async () => {} })],
  ['an OpenAI speech server', () => overHttp('pcm')],
])('%s: closing ends what is being spoken', async (_, make) => {
  const { tts, close } = await make();
  const speech = tts.speak(LONG, VOICE, never)[Symbol.asyncIterator]();
  await speech.next();
  await tts.close();
  const ended = async (): Promise<void> => {
    while (!(await speech.next()).done);
  };
  await expect(ended()).rejects.toMatchObject({ name: 'AbortError' });
  await close();
  await expect.poll(childProcesses).toEqual([]);
});
