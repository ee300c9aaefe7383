import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { seeded } from './seeded.js';

export type Labelled = { text: string; persona: string };

const SEED = 20_251;
/** Share of each persona's sentences that is never learned from. */
const HELD_OUT = 0.3;
/** Sentences that share more of their words than this say the same. */
const NEAR = 0.6;

/** Every sentence of a folder of `<persona>.txt`, one per line. */
export function readLabelled(folder: string): Labelled[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  return files.sort().flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((text) => ({ text, persona: basename(name, '.txt') })),
  );
}

/**
 * The same split every time. What says nearly the same as a held-out sentence is taken out of those to learn from, so
 * that the figure of the held-out ones is about new sentences.
 */
export function split(all: readonly Labelled[]): { train: Labelled[]; heldOut: Labelled[]; dropped: number } {
  const random = seeded(SEED);
  const heldOut: Labelled[] = [];
  const rest: Labelled[] = [];
  for (const persona of new Set(all.map((one) => one.persona))) {
    const its = all.filter((one) => one.persona === persona).map((one) => ({ one, key: random() }));
    its.sort((a, b) => a.key - b.key);
    const count = Math.round(its.length * HELD_OUT);
    heldOut.push(...its.slice(0, count).map(({ one }) => one));
    rest.push(...its.slice(count).map(({ one }) => one));
  }
  const train = rest.filter(({ text }) => heldOut.every((other) => likeness(text, other.text) <= NEAR));
  return { train, heldOut, dropped: rest.length - train.length };
}

/** Words that two sentences share, as a part of the words of both: 0 to 1. */
export function likeness(a: string, b: string): number {
  const [one, two] = [a, b].map((text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}']+/gu)));
  if (!one || !two) return 0;
  const shared = [...one].filter((word) => two.has(word)).length;
  const all = one.size + two.size - shared;
  return all === 0 ? 0 : shared / all;
}
