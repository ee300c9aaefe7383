import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { ServerEventType } from '../server/protocol.js';
import { msToSamples } from './pcm.js';
import { Speaker } from './speaker.js';

/** A speaker with a clock that is moved by hand. */
function stage(): {
  speaker: Speaker;
  events: [ServerEventType, unknown][];
  sent: () => number;
  pass: (samples: number) => Promise<void>;
  timers: () => number;
} {
  let now = 0;
  let timers: { at: number; run: () => void; signal: AbortSignal }[] = [];
  let sent = 0;
  const events: [ServerEventType, unknown][] = [];
  const speaker = new Speaker({
    clock: { now: () => now, after: (samples, run, signal) => timers.push({ at: now + samples, run, signal }) },
    micNow: () => now,
    out: {
      event: (type, data) => events.push([type, data]),
      audio: (_, offset, samples) => {
        expect(offset).toBe(sent);
        sent += samples.length;
      },
    },
  });
  const pass = async (samples: number): Promise<void> => {
    now += samples;
    const due = timers.filter((t) => t.at <= now && !t.signal.aborted);
    timers = timers.filter((t) => t.at > now && !t.signal.aborted);
    for (const timer of due) timer.run();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { speaker, events, sent: () => sent, pass, timers: () => timers.filter((t) => !t.signal.aborted).length };
}

const second = (): Int16Array => new Int16Array(16_000).fill(1000);
const signal = new AbortController().signal;

/** Plays a second of sound to its end and lets go of the speaker. */
async function playOut(): Promise<WeakRef<Speaker>> {
  const { speaker, pass } = stage();
  const session = new AbortController();
  speaker.begin(1);
  const played = (async () => {
    speaker.enqueue(second());
    await speaker.room(session.signal);
    await speaker.drained(session.signal);
  })();
  for (let sample = 1600; sample <= 16_000; sample += 1600) {
    await pass(1600);
    speaker.played(1, sample, sample);
  }
  await played;
  session.abort();
  return new WeakRef(speaker);
}

describe('the speaker', () => {
  it('is gone from memory when its session is over', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const gone = await playOut();
    const isGone = (): boolean => {
      collect();
      return gone.deref() === undefined;
    };
    await expect.poll(isGone).toBe(true);
  });

  it('never sends more than 500 ms ahead of the ear', () => {
    const { speaker, sent } = stage();
    speaker.begin(1);
    speaker.enqueue(second());
    expect(sent()).toBeLessThanOrEqual(msToSamples(500));
    speaker.played(1, 3200, 3200);
    expect(sent() - 3200).toBeLessThanOrEqual(msToSamples(500));
  });

  it('sends nothing while held and goes on at the same sample', () => {
    const { speaker, sent, events } = stage();
    speaker.begin(1);
    speaker.enqueue(second());
    speaker.hold(1);
    const before = sent();
    speaker.played(1, 4000, 4000);
    expect(sent()).toBe(before);
    speaker.resume(1);
    expect(sent()).toBeGreaterThan(before);
    expect(events.map(([type]) => type)).toEqual(['audio.hold', 'audio.resume']);
  });

  it('is drained when the client has played the last sample', async () => {
    const { speaker, events, pass, timers } = stage();
    speaker.begin(1);
    speaker.clause('Yes.')();
    speaker.enqueue(new Int16Array(3200));
    let drained = false;
    const done = speaker.drained(signal).then(() => {
      drained = true;
    });
    await pass(1600);
    expect(drained).toBe(false);
    speaker.played(1, 3200, 3200);
    await done;
    expect(events.at(-1)).toEqual(['audio.end', { turn: 1, samples: 3200 }]);
    await pass(1);
    expect(timers()).toBe(0);
  });

  it('believes a client that reports nothing to play at the natural speed', async () => {
    const { speaker, pass } = stage();
    speaker.begin(1);
    speaker.enqueue(second());
    const done = speaker.drained(signal);
    for (let i = 0; i < 10; i++) await pass(msToSamples(1000));
    await expect(done).resolves.toBeUndefined();
  });

  it('ends its waiting when the turn is aborted', async () => {
    const { speaker, timers, pass } = stage();
    const abort = new AbortController();
    speaker.begin(1);
    speaker.enqueue(second());
    const done = speaker.drained(abort.signal);
    abort.abort();
    await expect(done).rejects.toThrow();
    await pass(1);
    expect(timers()).toBe(0);
  });

  it('knows what the loudspeaker played at each sample of the microphone', () => {
    const { speaker } = stage();
    speaker.begin(1);
    speaker.enqueue(Int16Array.from({ length: 6400 }, (_, i) => i));
    speaker.played(1, 1000, 50_000);
    expect(speaker.firstPlayedAt()).toBe(49_000);
    expect([...speaker.reference(49_998, 50_003)]).toEqual([998, 999, 1000, 1001, 1002]);
    expect([...speaker.reference(48_998, 49_002)]).toEqual([0, 0, 0, 1]);
    expect([...speaker.reference(90_000, 90_002)]).toEqual([0, 0]);
  });

  it('turns the volume down from the next chunk on', () => {
    const { speaker, sent } = stage();
    speaker.gain = 0.5;
    speaker.begin(1);
    speaker.enqueue(new Int16Array(1600).fill(1000));
    expect(sent()).toBe(1600);
    speaker.played(1, 1600, 1600);
    expect(speaker.reference(0, 1)[0]).toBe(500);
  });
});
