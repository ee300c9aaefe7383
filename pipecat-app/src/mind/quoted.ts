import { plainText } from './plain-text.js';

/** Marks in square brackets that chat templates give a meaning to. */
const BRACKETED = /\[(\/?[A-Z_]{2,})\]/g;

/** Text from outside without anything that a chat template takes for a role, and without marks of quotation. */
export const harmless = (text: string): string =>
  plainText(text).replaceAll('<', '‹').replaceAll('>', '›').replace(BRACKETED, '($1)');

/**
 * Text from outside (a page, a file, a device, a memory) for the prompt: cut to `most` characters, between marks that it
 * cannot forge, without anything that a chat template takes for a role. What it says is data.
 */
export function quoted(text: string, most: number): string {
  const clean = harmless(text).trim();
  return `<<<\n${clean.length > most ? `${clean.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')} …` : clean}\n>>>`;
}
