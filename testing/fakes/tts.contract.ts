import { collect } from '@twin/pipecat-app/mouth/collect.fixture.js';
import type { Tts } from '@twin/pipecat-app/mouth/tts.js';
import { concat, SAMPLE_RATE } from '@twin/pipecat-app/voice/pcm.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SENTENCE = 'The timer is set for ten minutes.';
const LONG = `${SENTENCE} `.repeat(12);
const never = new AbortController().signal;

/** What every mouth does, the humming one of the benches included. */
export function ttsContract(name: string, open: () => Tts): void {
  describe(`${name} is a mouth that`, () => {
    let tts: Tts;
    beforeAll(() => {
      tts = open();
    });
    afterAll(() => tts.close());

    const speak = (text: string, signal = never, rate = 170) =>
      tts.speak(text, { name: tts.voices()[0] ?? '', rate }, signal);
    const seconds = async (text: string, rate?: number): Promise<number> =>
      concat(await collect(speak(text, never, rate))).length / SAMPLE_RATE;

    it('takes about the time that its rate asks for', async () => {
      const usual = await seconds(SENTENCE);
      expect(usual).toBeGreaterThan(1.2);
      expect(usual).toBeLessThan(3.5);
      expect(await seconds(SENTENCE, 300)).toBeLessThan(usual * 0.75);
    });

    it('is loud enough to be heard and does not clip', async () => {
      const peak = concat(await collect(speak(SENTENCE))).reduce((most, s) => Math.max(most, Math.abs(s)), 0);
      expect(peak).toBeGreaterThan(3000);
      expect(peak).toBeLessThan(32_767);
    });

    it('yields a long text in many pieces, none of them empty', async () => {
      const sizes = (await collect(speak(LONG))).map((piece) => piece.length);
      expect(sizes.length).toBeGreaterThan(5);
      expect(Math.min(...sizes)).toBeGreaterThan(0);
    });

    it('says nothing when there is nothing to say', async () => {
      expect(await seconds('')).toBe(0);
      expect(await seconds(' \n ')).toBe(0);
    });

    it('ends with an AbortError when it is cancelled before or meanwhile', async () => {
      await expect(collect(speak(LONG, AbortSignal.abort()))).rejects.toMatchObject({ name: 'AbortError' });
      const stop = new AbortController();
      const speech = speak(LONG, stop.signal)[Symbol.asyncIterator]();
      await speech.next();
      stop.abort();
      const ended = async (): Promise<void> => {
        while (!(await speech.next()).done);
      };
      await expect(ended()).rejects.toMatchObject({ name: 'AbortError' });
    });

    it('may be left in the middle, and speaks again', async () => {
      for await (const piece of speak(LONG)) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
      expect(await seconds(SENTENCE)).toBeGreaterThan(1);
    });

    it('speaks to several at once as it does to one', async () => {
      const alone = await seconds(SENTENCE);
      expect(await Promise.all([1, 2, 3].map(() => seconds(SENTENCE)))).toEqual([alone, alone, alone]);
    });

    it('is well, in words', () => {
      expect(tts.health()).toEqual({ ok: true, detail: expect.stringMatching(/\w/) });
    });
  });
}
