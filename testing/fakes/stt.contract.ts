import type { Stt } from '@twin/pipecat-app/ears/stt.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SPEAKERS, speech } from '../acoustic/render.js';

const SENTENCE = 'What time is it?';
const FINAL = { kind: 'final' } as const;
const never = new AbortController().signal;
const silence = (seconds: number): Int16Array => new Int16Array(seconds * 16_000);

/** What every ear does, the scripted one of the benches included. @param open makes an ear that is not started */
export function sttContract(name: string, open: () => Promise<{ stt: Stt; close(): Promise<void> }>): void {
  describe(`${name} is an ear that`, () => {
    let ear: { stt: Stt; close(): Promise<void> };
    let spoken: Int16Array;
    beforeAll(async () => {
      spoken = (await speech(SENTENCE, SPEAKERS[0])).samples;
      ear = await open();
      await ear.stt.start(AbortSignal.timeout(60_000));
    });
    afterAll(() => ear.close());

    it('writes down what is said, trimmed, and says how long it took', async () => {
      const { text, ms } = await ear.stt.transcribe(spoken, FINAL, never);
      expect(text).toMatch(/^what time is it\W?$/i);
      expect(ms).toBeGreaterThanOrEqual(0);
    });

    it('gives a partial of the same words when it has nothing else to do', async () => {
      expect((await ear.stt.transcribe(spoken, { kind: 'partial' }, never)).text).toMatch(/^what time is it/i);
    });

    it('hears nothing in silence and in no sound at all', async () => {
      for (const sound of [silence(2), silence(0)])
        expect((await ear.stt.transcribe(sound, FINAL, never)).text).toBe('');
    });

    it('answers everybody who asks at the same time', async () => {
      const all = await Promise.all([spoken, silence(1), spoken].map((s) => ear.stt.transcribe(s, FINAL, never)));
      expect(all.map(({ text }) => text.length > 0)).toEqual([true, false, true]);
    });

    it('ends with an AbortError when it is cancelled before or meanwhile, and serves the next', async () => {
      await expect(ear.stt.transcribe(spoken, FINAL, AbortSignal.abort())).rejects.toMatchObject({
        name: 'AbortError',
      });
      const cancel = new AbortController();
      const asked = ear.stt.transcribe(spoken, FINAL, cancel.signal);
      cancel.abort();
      await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
      expect((await ear.stt.transcribe(spoken, FINAL, never)).text).not.toBe('');
    });

    it('is well, in words', () => {
      expect(ear.stt.health()).toEqual({ ok: true, detail: expect.stringMatching(/\w/) });
    });
  });
}
