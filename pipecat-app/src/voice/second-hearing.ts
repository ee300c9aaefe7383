import type { Transcript } from '../ears/stt.js';
import { SAMPLE_RATE } from './pcm.js';
import { spellingDistance } from './spelling-distance.js';

/** Longer speech is conversation; the longest spoken command takes about 4 s. */
const LONGEST_SECONDS = 5.5;
const MOST_WORDS = 12;
/** Free text that the ear is this sure of is what was said. docs/decisions/second-hearing.md has the fit of all five. */
const SURE = -0.16;
/** How much less likely than the free text the command may be, per token, and how much less when it is written alike. */
const MARGIN = 0.3;
const MARGIN_ALIKE = 3;
/** Likeness of two texts that have little to do with each other. */
const UNLIKE = 0.3;
/** A command that is less likely than this is a guess. */
const FLOOR = -1.25;

/** Over a reply, a sound as short as "stop" is worth a second hearing whatever was heard of it. */
const LONGEST_STOP_SECONDS = 2.5;
/** "Stop" in the agent's own echo is this likely and more; other speech and coughs leave it no place among the beams. */
const STOP_FLOOR = -1.9;

/** True when it may pay to hear the same sound again as one of the commands: short, and heard as unsure words. */
export function isWorthHearingAgain({ text, confidence, looped }: Transcript, samples: number): boolean {
  if (text === '' || samples > LONGEST_SECONDS * SAMPLE_RATE || text.split(/\s+/u).length > MOST_WORDS) return false;
  return looped === true || (confidence !== undefined && confidence <= SURE);
}

/**
 * What was said: of the sentences that the second hearing found, the command that fits the sound nearly as well as the
 * free text and resembles it most; else the free text.
 */
export function better(free: Transcript, second: Transcript, isCommand: (text: string) => boolean): string {
  const before = free.looped ? FLOOR : free.confidence;
  if (before === undefined) return free.text;
  let best = { text: free.text, gain: 0 };
  for (const { text, confidence } of second.alternatives ?? [second]) {
    if (confidence === undefined || confidence < FLOOR || text === '' || !isCommand(text)) continue;
    const alike = Math.max(0, likeness(free.text, text) - UNLIKE);
    const gain = confidence - before + MARGIN + MARGIN_ALIKE * alike;
    if (gain > best.gain) best = { text, gain };
  }
  return best.text;
}

/** True when a sound over a reply may be a "stop" that was not understood, or not heard as words at all. */
export const mayBeStop = (samples: number): boolean => samples <= LONGEST_STOP_SECONDS * SAMPLE_RATE;

/** The sentence that ends a reply, when the second hearing left one; people say it into the agent's voice. */
export function interruption(second: Transcript, interrupts: (text: string) => boolean): string | undefined {
  const heard = second.alternatives ?? [second];
  return heard.find(({ text, confidence = Number.NEGATIVE_INFINITY }) => confidence >= STOP_FLOOR && interrupts(text))
    ?.text;
}

/** 1: the same letters and digits, 0: nothing in common. */
function likeness(a: string, b: string): number {
  return 1 - spellingDistance(bare(a), bare(b));
}

const bare = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
