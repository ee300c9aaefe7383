import { msToSamples, rms } from '../voice/pcm.js';

/** What an ear takes at once. */
const LONGEST = msToSamples(28_000);
/** A cut is looked for in this last part of a window, in the quietest piece of `QUIET`. */
const SEARCH = msToSamples(8000);
const QUIET = msToSamples(200);

/** Cuts a 16 kHz recording into windows of at most 28 s, where it is quietest, so that words stay whole. */
export function* windows(samples: Int16Array): Generator<{ from: number; to: number }> {
  let from = 0;
  while (samples.length - from > LONGEST) {
    let cut = from + LONGEST;
    let least = Number.POSITIVE_INFINITY;
    for (let at = from + LONGEST - SEARCH; at + QUIET <= from + LONGEST; at += QUIET / 2) {
      const level = rms(samples.subarray(at, at + QUIET));
      if (level >= least) continue;
      least = level;
      cut = at + QUIET / 2;
    }
    yield { from, to: cut };
    from = cut;
  }
  yield { from, to: samples.length };
}
