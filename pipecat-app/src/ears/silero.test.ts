import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SileroVad } from './silero.js';
import { SILERO, type SileroName } from './silero-model.js';
import { spoken } from './speech.fixture.js';
import type { Vad, VadEvent, VadKnobs } from './vad.js';

const KNOBS: VadKnobs = { threshold: 0.5, negThreshold: 0.35, minSpeechMs: 120, redemptionMs: 500, prerollMs: 300 };
/** The model runs in the compiled worker: these tests need `npm run build` first. */
const engines: SileroVad[] = [];
let speech: Int16Array;

beforeAll(async () => {
  speech = await spoken('Set a timer for ten minutes.');
});

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

function made(options?: ConstructorParameters<typeof SileroVad>[0]): SileroVad {
  const engine = new SileroVad(options);
  engines.push(engine);
  return engine;
}

type Open = { vad: Vad; events: VadEvent[]; heardUpTo: (at: number) => Promise<void>; failed: Promise<Error> };

function opened(engine: SileroVad): Open {
  const events: VadEvent[] = [];
  let awaited: { at: number; resolve: () => void } | undefined;
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const onEvent = (event: VadEvent) => {
    events.push(event);
    // What a frame decides follows it before any microtask.
    if (event.type === 'frame' && awaited !== undefined && event.at >= awaited.at) queueMicrotask(awaited.resolve);
  };
  const vad = engine.open(KNOBS, onEvent, fail);
  const heardUpTo = (at: number) =>
    new Promise<void>((resolve) => {
      awaited = { at, resolve };
    });
  return { vad, events, heardUpTo, failed };
}

/** Everything that is found in `samples` when they come in pieces of these lengths, again and again. */
async function find(engine: SileroVad, samples: Int16Array, lengths: readonly number[], frame: number) {
  const { vad, events, heardUpTo } = opened(engine);
  const heard = heardUpTo(samples.length - (samples.length % frame));
  for (let at = 0, i = 0; at < samples.length; i++) {
    const piece = samples.subarray(at, at + (lengths[i % lengths.length] ?? samples.length));
    vad.push({ at, samples: piece });
    at += piece.length;
  }
  await heard;
  vad.close();
  return events;
}

const decisions = (events: readonly VadEvent[]): VadEvent[] => events.filter(({ type }) => type !== 'frame');

describe.each(['v5', 'legacy'] as const)('Silero %s', (model: SileroName) => {
  const { frameSamples } = SILERO[model];

  it('finds a spoken sentence where it is', async () => {
    const [start, stop, ...more] = decisions(await find(made({ model }), speech, [320], frameSamples));
    expect(more).toEqual([]);
    expect(start).toMatchObject({ type: 'speechStarted' });
    expect(stop).toMatchObject({ type: 'speechStopped' });
    expect(Math.abs((start?.at ?? 0) - 16_000)).toBeLessThan(3_200);
    expect(Math.abs((stop?.at ?? 0) - (speech.length - 16_000))).toBeLessThan(8_000);
  });

  it('reports every frame once, in order', async () => {
    const frames = (await find(made({ model }), speech, [320], frameSamples)).filter(({ type }) => type === 'frame');
    expect(frames.map(({ at }) => at)).toEqual(frames.map((_, i) => (i + 1) * frameSamples));
  });
});

describe('the speech detector', () => {
  it('finds the same however the audio is cut', async () => {
    const engine = made();
    const whole = await find(engine, speech, [speech.length], 512);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 12 }),
        async (lengths) => {
          expect(await find(engine, speech, lengths, 512)).toEqual(whole);
        },
      ),
      { numRuns: 8 },
    );
  });

  it('keeps sessions apart: silence beside speech stays silence', async () => {
    const engine = made();
    const alone = decisions(await find(engine, speech, [320], 512));
    const hiss = Int16Array.from(speech, (_, i) => ((i * 7919) % 41) - 20);
    const [loud, quiet, again] = await Promise.all([
      find(engine, speech, [320], 512),
      find(engine, hiss, [700], 512),
      find(engine, speech, [1_000], 512),
    ]);
    expect(decisions(loud)).toEqual(alone);
    expect(decisions(again)).toEqual(alone);
    expect(decisions(quiet)).toEqual([]);
  });

  it('finds speech as early after digital silence, which the model never sees, as after hiss', async () => {
    const engine = made();
    const hissed = Int16Array.from(speech, (s, i) => s + ((i * 7919) % 41) - 20);
    const [after, reference] = [await find(engine, speech, [320], 512), await find(engine, hissed, [320], 512)];
    const start = (events: VadEvent[]) => decisions(events)[0]?.at ?? Number.NaN;
    expect(Math.abs(start(after) - start(reference))).toBeLessThanOrEqual(512);
  });

  it('says nothing more after close', async () => {
    const engine = made();
    const closing = opened(engine);
    const half = closing.heardUpTo(16_384);
    closing.vad.push({ at: 0, samples: speech.subarray(0, 24_000) });
    await half;
    closing.vad.close();
    const count = closing.events.length;
    closing.vad.push({ at: 24_000, samples: speech.subarray(24_000) });
    await find(engine, speech, [320], 512);
    expect(closing.events).toHaveLength(count);
  });

  it('tells every session when its thread dies, restarts it and goes on', async () => {
    const workers: Worker[] = [];
    const engine = made({ spawn: (workerData) => kept(workers, workerData) });
    const sessions = [opened(engine), opened(engine)];
    const heard = sessions.map(({ heardUpTo }) => heardUpTo(512));
    for (const { vad } of sessions) vad.push({ at: 0, samples: speech.subarray(0, 512) });
    await Promise.all(heard);
    await workers[0]?.terminate();
    for (const { failed } of sessions)
      expect(await failed).toMatchObject({ code: 'TWIN_VAD_UNAVAILABLE', retryable: true });
    expect(engine.health().ok).toBe(false);

    const [first] = sessions;
    let at = 512;
    const again = first?.heardUpTo(at + 1);
    const push = setInterval(() => {
      first?.vad.push({ at, samples: speech.subarray(at, at + 512) });
      at += 512;
    }, 20);
    await again;
    clearInterval(push);
    expect(workers).toHaveLength(2);
    expect(engine.health().ok).toBe(true);
  });

  it('says in words that the model cannot be loaded', async () => {
    const engine = made({
      spawn: () => {
        throw new Error('the agent has not been built yet');
      },
    });
    const error = await opened(engine).failed;
    expect(error).toMatchObject({ code: 'TWIN_VAD_UNAVAILABLE' });
    expect(error.message).toContain('has not been built');
    expect(engine.health()).toMatchObject({ ok: false });
  });
});

function kept(workers: Worker[], workerData: unknown): Worker {
  const worker = new Worker(new URL('../../dist/ears/silero-worker.js', import.meta.url), { workerData });
  workers.push(worker);
  return worker;
}
