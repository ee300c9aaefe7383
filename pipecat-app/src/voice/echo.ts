/**
 * Is this the agent's own voice? The loudspeaker's signal is known; whatever delay and room lie between it and the
 * microphone, echo in a band cannot be louder than a gain times the loudest reference in that band within the longest
 * delay. What exceeds that bound in enough bands is somebody else.
 */
import { BANDS, bandPowers } from './bands.js';

/** Longest way from the played sample to its echo in the microphone, in frames of 32 ms: 430 ms and a little jitter. */
const DELAY_FRAMES = 14;
/** Echo gain (power, as dB) assumed before anything was learned, and its limits. */
const START_DB = -16;
const LOWEST_DB = -45;
const HIGHEST_DB = 6;
/** The bound is this far above the learned echo. */
const MARGIN_DB = 6;
/** Band power below which nothing is there: about −66 dB of full scale. */
const SILENCE = 250;
/** Learned gain follows the 90th percentile of what is seen: steps up and down in dB per frame, ratio 9 : 1. */
const STEP_UP_DB = 1.8;
const STEP_DOWN_DB = 0.2;
/** Share of sounding bands that must exceed the bound. */
const FOREIGN_SHARE = 0.25;
const FOREIGN_BANDS = 4;

const power = (db: number): number => 10 ** (db / 10);

export class EchoGate {
  readonly #gainDb = new Float64Array(BANDS).fill(START_DB);
  readonly #reference: Float64Array[] = [];
  /** Quietest recent power per band: the room's noise. */
  readonly #noise = new Float64Array(BANDS).fill(SILENCE);

  /**
   * One 512-sample window of the microphone and what the loudspeaker played during it.
   * @returns true when the microphone holds nothing but echo and room noise.
   */
  own(mic: Int16Array, reference: Int16Array, learn: boolean): boolean {
    this.#reference.push(bandPowers(reference));
    if (this.#reference.length > DELAY_FRAMES) this.#reference.shift();
    const powers = bandPowers(mic);
    let sounding = 0;
    let foreign = 0;
    for (let b = 0; b < BANDS; b++) {
      const seen = powers[b] ?? 0;
      const noise = this.#noise[b] ?? SILENCE;
      this.#noise[b] = Math.max(SILENCE, seen < noise ? seen * 0.3 + noise * 0.7 : noise * 1.003);
      const loudest = Math.max(...this.#reference.map((frame) => frame[b] ?? 0));
      const bound = loudest * power((this.#gainDb[b] ?? START_DB) + MARGIN_DB);
      if (learn && loudest > SILENCE * 4) this.#learn(b, 10 * Math.log10(Math.max(seen, 1) / loudest));
      if (seen < noise * 6) continue;
      sounding++;
      if (seen > bound) foreign++;
    }
    return foreign < FOREIGN_BANDS || foreign < sounding * FOREIGN_SHARE;
  }

  /** The gate was wrong: what it took for a person was echo. Raises the bound. */
  wasEcho(): void {
    for (let b = 0; b < BANDS; b++) this.#gainDb[b] = Math.min(HIGHEST_DB, (this.#gainDb[b] ?? START_DB) + 6);
  }

  #learn(band: number, ratioDb: number): void {
    const gain = this.#gainDb[band] ?? START_DB;
    const moved = ratioDb > gain ? gain + STEP_UP_DB : gain - STEP_DOWN_DB;
    this.#gainDb[band] = Math.max(LOWEST_DB, Math.min(HIGHEST_DB, moved));
  }
}

/**
 * True when `heard` consists of words the agent was just saying, in that order: its echo came through the gate.
 * Single words are let through, so that "stop" always works.
 */
export function isOwnWords(heard: string, saying: string): boolean {
  const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  const mine = words(saying);
  const theirs = words(heard);
  if (theirs.length < 2) return false;
  let at = 0;
  let found = 0;
  for (const word of theirs) {
    const index = mine.indexOf(word, at);
    if (index === -1) continue;
    found++;
    at = index + 1;
  }
  return found / theirs.length >= 0.75;
}
