import { SAMPLE_RATE } from '../voice/pcm.js';
import { type Resampler, resampler } from '../voice/resample.js';
import { SilenceTrim } from './trim-silence.js';
import type { RatedSamples } from './wav-stream.js';

/** Silence kept before the first sound, in ms: a soft onset may begin below the threshold of silence. */
const LEAD_MS = 5;
/** Silence after a clause, in ms, so that clauses which are spoken one after the other do not run together. */
const PAUSE_MS = { sentence: 150, clause: 80, none: 10 };

/**
 * Brings what an engine made of `clause` to 16 kHz and cuts the silence around it: the leading one would be latency, and
 * the last one becomes the pause that the clause's end asks for. Sound goes out with the piece it came in.
 */
export async function* toAgentRate(made: AsyncIterable<RatedSamples>, clause: string): AsyncGenerator<Int16Array> {
  let chain: { trim: SilenceTrim; resample: Resampler } | undefined;
  for await (const { rate, samples } of made) {
    const inSamples = (ms: number): number => Math.round((ms * rate) / 1000);
    chain ??= {
      trim: new SilenceTrim(inSamples(LEAD_MS), inSamples(pauseAfter(clause))),
      resample: resampler(rate, SAMPLE_RATE),
    };
    const out = chain.resample.push(chain.trim.push(samples));
    if (out.length > 0) yield out;
  }
  if (!chain) return;
  for (const out of [chain.resample.push(chain.trim.flush()), chain.resample.end()]) if (out.length > 0) yield out;
}

/** In ms. */
function pauseAfter(clause: string): number {
  const end = /([.!?…]|[,;:])["'”’)\]]*\s*$/u.exec(clause)?.[1];
  if (end === undefined) return PAUSE_MS.none;
  return /[.!?…]/u.test(end) ? PAUSE_MS.sentence : PAUSE_MS.clause;
}
