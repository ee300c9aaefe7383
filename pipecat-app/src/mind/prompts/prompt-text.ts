import { TwinError } from '../../errors.js';
import { EXPERT_NAME } from '../../experts/service-table.js';
import { parsePersona } from '../persona.js';
import { parseCommands } from '../reflex/commands.js';

/** Longest prompt that is saved, in bytes of UTF-8. */
export const MOST_BYTES = 32 * 1024;
const EXPERT_FILE = /^(.+)_expert\.txt$/;
/** What no editor writes: controls, halves of characters, and what stands where bytes were no UTF-8. */
const NO_TEXT = /[\p{Cs}\uFFFD]|(?![\n\r\t])\p{Cc}/u;

/** `persona`: who Twin is; `expert`: who an expert is; `commands`: what is understood without a model. */
export type PromptKind = 'persona' | 'expert' | 'commands';

/**
 * What a file of the prompts' folder is; names a file in it and nothing else.
 * @throws TwinError `TWIN_PROMPT_NAME`
 */
export function kindOf(name: string): PromptKind {
  if (name === 'router.txt') return 'persona';
  if (name === 'commands.yaml') return 'commands';
  if (EXPERT_NAME.test(expertOf(name) ?? '')) return 'expert';
  throw new TwinError('TWIN_PROMPT_NAME', 'That is no name of a prompt.', {
    next: 'Names are router.txt, commands.yaml and NAME_expert.txt, with small letters, digits and dashes.',
  });
}

/** The expert that a file is for. */
export const expertOf = (name: string): string | undefined => EXPERT_FILE.exec(name)?.[1];

/**
 * Checks a text as whoever reads the file will.
 * @throws TwinError `TWIN_PROMPT_NAME`, `TWIN_PROMPT_INVALID` that lists what is wrong, line by line
 */
export function checkPrompt(name: string, text: string): void {
  const kind = kindOf(name);
  if (Buffer.byteLength(text) > MOST_BYTES) throw invalid(`It is longer than ${MOST_BYTES / 1024} kB.`, 'Shorten it.');
  if (NO_TEXT.test(text)) throw invalid('It holds characters that are no text in UTF-8.', 'Take them out.');
  try {
    if (kind === 'commands') parseCommands(text);
    else parsePersona(text);
  } catch (error) {
    throw invalid((error as Error).message, 'Correct these lines; nothing was saved.', error);
  }
}

const invalid = (message: string, next: string, cause?: unknown): TwinError =>
  new TwinError('TWIN_PROMPT_INVALID', message, { next, cause });
