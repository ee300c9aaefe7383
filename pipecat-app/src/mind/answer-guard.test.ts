import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guarded } from './answer-guard.js';

async function* pieces(...all: string[]): AsyncGenerator<string> {
  yield* all;
}
async function passed(all: readonly string[], sentences = 3): Promise<string> {
  let text = '';
  for await (const word of guarded(pieces(...all), { sentences })) text += word;
  return text;
}

describe('an answer', () => {
  test('passes unchanged, whatever its pieces are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 })), async (cuts) => {
        const answer = 'Dr. Smith measured 3.5 metres, e.g. on Mt. Everest. It was tall!';
        const all: string[] = [];
        let at = 0;
        for (const n of cuts) {
          all.push(answer.slice(at, at + n));
          at += n;
        }
        all.push(answer.slice(at));
        expect(await passed(all)).toBe(answer);
      }),
    );
  });

  test('ends after three sentences', async () => {
    expect((await passed(['One. Two! Three? Four. ', 'Five.'])).trim()).toBe('One. Two! Three?');
  });

  test('ends when a phrase comes for the third time', async () => {
    expect(await passed(['I am a cat and I am a cat and I am a cat and I am'])).toBe(
      'I am a cat and I am a cat and I am a cat ',
    );
    expect(await passed(['very very very very good'])).toBe('very very ');
  });

  test('loses a word without end', async () => {
    expect(await passed(['The moon is 1', '0'.repeat(300), ' miles'])).toBe('The moon is ');
    expect(await passed(['ab'.repeat(100)])).toBe('');
  });

  test('stops reading once it has ended', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<string> {
      while (read < 1000) yield `Sentence ${read++}. `;
    }
    for await (const _ of guarded(endless(), { sentences: 3 }));
    expect(read).toBeLessThan(50);
  });

  test('has no characters that steer a screen', async () => {
    expect(await passed(['A\u001b[31m red\u0007 \u202eword\u0000\ud800.'])).toBe('A[31m red word.');
  });

  test('keeps letters of all scripts and emojis of several parts', async () => {
    expect(await passed(['Grüße, 東京 👩\u200d🚀 नमस्ते'])).toBe('Grüße, 東京 👩\u200d🚀 नमस्ते');
  });
});
