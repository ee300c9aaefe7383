import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Activity, observe, still } from './activity.js';
import { WINDOW } from './bands.js';
import { EchoGate, isOwnWords } from './echo.js';
import { amplify, concat, msToSamples, rms } from './pcm.js';
import { resample } from './resample.js';
import { parseWav } from './wav.js';

const STORY =
  'It was the best of times, it was the worst of times. The library opens at nine, and the kitchen light is still on. ' +
  'Forty two people walked along the river this morning; none of them saw the boat. Remember to water the plants, please. ';

function espeak(text: string, voice: string): Int16Array {
  const { samples, rate } = parseWav(
    execFileSync('espeak-ng', ['--stdout', '-v', voice, '-s', '165', text], { maxBuffer: 1 << 26 }),
  );
  return resample(samples, rate, 16_000);
}

/** Noise of a quiet room, about −62 dB, the same in every run. */
function room(length: number): Int16Array {
  let seed = 7;
  return Int16Array.from({ length }, () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return ((seed >>> 16) / 65_536 - 0.5) * 90;
  });
}

function add(into: Int16Array, piece: Int16Array, at: number): void {
  for (let i = 0; i < piece.length && at + i < into.length; i++) {
    into[at + i] = Math.max(-32_768, Math.min(32_767, (into[at + i] ?? 0) + (piece[i] ?? 0)));
  }
}

/** Runs gate and onset detection with a VAD that calls every frame speech: the worst case. Onset positions. */
function onsets(mic: Int16Array, reference: Int16Array): number[] {
  const knobs = { threshold: 0.5, negThreshold: 0.35, minSpeechMs: 120, redemptionMs: 700, prerollMs: 300 };
  const gate = new EchoGate();
  const found: number[] = [];
  let activity: Activity = still;
  for (let at = 0; at + WINDOW <= mic.length; at += WINDOW) {
    const own = gate.own(mic.subarray(at, at + WINDOW), reference.subarray(at, at + WINDOW), !activity.speaking);
    const frame = { at: at + WINDOW, samples: WINDOW, probability: 1, own };
    const [after, event] = observe(activity, frame, knobs);
    activity = after;
    if (event?.type === 'started') found.push(frame.at);
  }
  return found;
}

let bot: Int16Array;
const users: Int16Array[] = [];
beforeAll(() => {
  const story = espeak(STORY.repeat(2), 'en-us');
  bot = concat(Array.from({ length: Math.ceil(msToSamples(75_000) / story.length) }, () => story));
  for (const voice of ['en-us', 'en-gb', 'en-us+m3', 'en-gb+f3']) users.push(espeak('stop', voice));
});

describe('the echo gate', () => {
  for (const delayMs of [40, 120, 200, 300]) {
    it(`takes 75 s of its own voice at −14 dB, ${delayMs} ms late, for nobody else's`, () => {
      const mic = room(bot.length);
      add(mic, amplify(bot, 10 ** (-14 / 20)), msToSamples(delayMs));
      expect(onsets(mic, bot)).toEqual([]);
    });
  }

  it('hears "stop" at the level of its own voice over that echo within 350 ms in 95 % of 100 tries', () => {
    let found = 0;
    const tries = 100;
    for (let i = 0; i < tries; i++) {
      const start = msToSamples(3000 + i * 613);
      const from = Math.max(0, start - msToSamples(3000));
      const reference = bot.subarray(from, start + msToSamples(1000));
      const mic = room(reference.length);
      add(mic, amplify(reference, 10 ** (-14 / 20)), msToSamples(120));
      const user = users[i % users.length] as Int16Array;
      add(mic, amplify(user, rms(bot) / rms(user)), start - from);
      if (onsets(mic, reference).some((at) => at >= start - from && at <= start - from + msToSamples(350))) found++;
    }
    expect(found).toBeGreaterThanOrEqual(95);
  });

  it('hears a voice 15 dB below its own where there is no echo, once it has spoken for 6 s', () => {
    let found = 0;
    for (let i = 0; i < 20; i++) {
      const start = msToSamples(6000);
      const from = msToSamples(i * 2113);
      const reference = bot.subarray(from, from + start + msToSamples(1000));
      const mic = room(reference.length);
      const user = users[i % users.length] as Int16Array;
      add(mic, amplify(user, (rms(bot) / rms(user)) * 10 ** (-15 / 20)), start);
      if (onsets(mic, reference).some((at) => at >= start && at <= start + msToSamples(350))) found++;
    }
    expect(found).toBeGreaterThanOrEqual(19);
  });
});

describe('own words', () => {
  it('are recognised in what the ears heard', () => {
    expect(isOwnWords('the worst of times', STORY)).toBe(true);
    expect(isOwnWords('turn off the light please', STORY)).toBe(false);
    expect(isOwnWords('stop', 'please stop at the line')).toBe(false);
  });
});
