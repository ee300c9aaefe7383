import { describe, expect, it } from 'vitest';
import { InstantTts } from './instant-tts.js';
import { FORTY_WORDS, ScriptedMind } from './scripted-mind.js';
import { ScriptedStt } from './scripted-stt.js';

const signal = new AbortController().signal;
const aborted = AbortSignal.abort();
const loud = (ms: number): Int16Array => new Int16Array(ms * 16).fill(5000);
const controls = {} as Parameters<ScriptedMind['reply']>[0]['controls'];
const query = { session: 's', turn: 1, text: 'hello', controls };

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const piece of source) out.push(piece);
  return out;
}

describe('scripted ear', () => {
  it('hears its texts in turn, finals only counting', async () => {
    const stt = new ScriptedStt({ texts: ['one', 'two'], delayMs: 0 });
    const hear = async (kind: 'partial' | 'final') => (await stt.transcribe(loud(500), { kind }, signal)).text;
    expect([
      await hear('partial'),
      await hear('final'),
      await hear('partial'),
      await hear('final'),
      await hear('final'),
    ]).toEqual(['one', 'one', 'two', 'two', 'one']);
  });

  it('hears nothing in silence and in a click', async () => {
    const stt = new ScriptedStt({ texts: ['one'], delayMs: 0 });
    expect((await stt.transcribe(new Int16Array(16_000), { kind: 'final' }, signal)).text).toBe('');
    expect((await stt.transcribe(loud(50), { kind: 'final' }, signal)).text).toBe('');
  });

  it('takes its delay and stops when it is told to', async () => {
    const stt = new ScriptedStt({ texts: ['one'], delayMs: 20 });
    const begun = performance.now();
    expect((await stt.transcribe(loud(500), { kind: 'final' }, signal)).ms).toBe(20);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(19);
    await expect(stt.transcribe(loud(500), { kind: 'final' }, aborted)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('scripted mind', () => {
  it('gives forty words, five milliseconds apart', async () => {
    const mind = new ScriptedMind({ answer: FORTY_WORDS });
    const begun = performance.now();
    const events = await all(mind.reply(query, signal));
    expect(performance.now() - begun).toBeGreaterThanOrEqual(199);
    expect(events.at(-1)).toEqual({ type: 'done', source: 'model' });
    const deltas = events.flatMap((event) => (event.type === 'text' ? [event.delta] : []));
    expect(deltas).toHaveLength(40);
    expect(deltas.join('')).toBe(FORTY_WORDS);
  });

  it('stops when it is told to, and forgets a session', async () => {
    const mind = new ScriptedMind({ answer: FORTY_WORDS });
    await expect(all(mind.reply(query, aborted))).rejects.toMatchObject({ name: 'AbortError' });
    mind.commit('a', 'x', 'y');
    mind.commit('b', 'x', 'y');
    mind.forget('a');
    expect(mind.committed.map((turn) => turn.session)).toEqual(['b']);
  });
});

describe('instant mouth', () => {
  const length = async (text: string, rate: number): Promise<number> =>
    (await all(new InstantTts().speak(text, { name: 'tone', rate }, signal))).reduce((n, piece) => n + piece.length, 0);

  it('hums as long as the words take at the rate', async () => {
    expect(await length('one two three', 180)).toBe(16_000);
    expect(await length('one two three', 360)).toBe(8000);
    expect(await length('', 180)).toBe(0);
  });

  it('stops when it is told to', async () => {
    await expect(all(new InstantTts().speak('one', { name: 'tone', rate: 100 }, aborted))).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
