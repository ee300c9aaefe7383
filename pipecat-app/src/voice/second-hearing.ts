import type { Transcript } from '../ears/stt.js';
import { SAMPLE_RATE } from './pcm.js';

/** Longer speech is conversation; the longest spoken command takes about 4 s. */
const LONGEST_SECONDS = 5.5;
const MOST_WORDS = 12;
/** Free text that the ear is this sure of is what was said. docs/decisions/second-hearing.md has the fit of all three. */
const SURE = -0.12;
/** How much less likely than the free text the command may be, per token. */
const MARGIN = 0.45;
/** A command that is less likely than this is a guess. */
const FLOOR = -1.25;

/** True when it may pay to hear the same sound again as one of the commands: short, and heard as unsure words. */
export function isWorthHearingAgain(free: Transcript, samples: number): boolean {
  const { text, confidence } = free;
  if (text === '' || confidence === undefined || confidence > SURE) return false;
  return samples <= LONGEST_SECONDS * SAMPLE_RATE && text.split(/\s+/u).length <= MOST_WORDS;
}

/** What was said: the command that the second hearing found, when the sound fits it nearly as well as the free text. */
export function better(free: Transcript, command: Transcript): Transcript {
  const [before, after] = [free.confidence, command.confidence];
  if (command.text === '' || before === undefined || after === undefined) return free;
  return after >= FLOOR && after >= before - MARGIN ? command : free;
}
