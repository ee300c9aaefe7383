/** When has the user finished? Decided from the words and the user's own habit of pausing, in samples. Pure. */
import { msToSamples } from './pcm.js';

export type EndpointRules = {
  /** Silence that ends a turn when the words tell nothing. */
  redemptionSamples: number;
  /** Shorter speech is no utterance. */
  minSpeechSamples: number;
  /** Over a reply, shorter sounds are coughs: they resume without being transcribed. */
  coughSamples: number;
  /** Moving average of the user's own pauses inside sentences; 0 until one was seen. */
  habitSamples: number;
};

/** A command that is whole cannot change by more words: 200 ms is the shortest gap that people leave (voice.md §2). */
const COMPLETE = msToSamples(200);
const QUESTION = msToSamples(450);
const UNFINISHED = msToSamples(1500);
const LONGEST = msToSamples(2500);

/** Words after which an English sentence goes on. */
const OPEN_END =
  /(?:^|\s)(?:and|or|but|so|because|if|when|while|that|which|who|than|as|the|a|an|my|your|his|her|its|our|their|to|of|for|from|with|in|on|at|by|about|into|is|are|was|were|um|uh|er|erm|like|then|also|please)[\s.,…-]*$/i;

/** How long after the last voiced sample the turn is over, given what was said. */
export function waitSamples(text: string, complete: boolean, rules: EndpointRules): number {
  if (complete) return Math.min(COMPLETE, rules.redemptionSamples);
  const habit = Math.min(LONGEST, Math.round(rules.habitSamples * 1.3));
  if (OPEN_END.test(text) || /(?:,|…|\.\.\.|-)\s*$/.test(text))
    return Math.max(UNFINISHED, rules.redemptionSamples, habit);
  if (/\?\s*$/.test(text)) return Math.min(rules.redemptionSamples, Math.max(QUESTION, habit));
  return Math.max(rules.redemptionSamples, habit);
}

/** New average of pauses after one of `pause` samples; a pause weighs one tenth. */
export function learnPause(habitSamples: number, pause: number): number {
  if (pause > LONGEST) return habitSamples;
  return habitSamples === 0 ? pause : Math.round(habitSamples * 0.9 + pause * 0.1);
}

const BACKCHANNEL =
  /^(?:m+|mm+-?hm+|mhm+|hm+|uh[- ]?huh|aha|ah|oh|uh|um|yeah|yep|yes|okay|ok|right|sure|i see|got it|good|great|wow|nice|cool)$/i;

/** True for sounds that mean "go on" while somebody else speaks. */
export function isBackchannel(text: string): boolean {
  const parts = text
    .toLowerCase()
    .split(/[.,!?…]+/)
    .map((part) => part.trim())
    .filter(Boolean);
  return parts.length > 0 && parts.length <= 2 && parts.every((part) => BACKCHANNEL.test(part));
}
