import type { ApprovalRequest } from '../../server/protocol.js';

type Asked = Pick<ApprovalRequest, 'effect' | 'spoken'>;

const sentence = (effect: string): string => effect.replace(/[.\s]*$/, '.');

/**
 * How a conversation is asked for its consent. The last words are none that `spokenAnswer` takes for a yes, so that no
 * echo of the question itself answers it.
 */
export const consentQuestion = ({ effect, spoken }: Asked): string =>
  `I need your consent. ${sentence(effect)} ${spoken ? 'Do you agree?' : 'Please approve it in Mission Control.'}`;

/** Whether the person was told all of what would be done in `heard`, the last thing that they heard. */
export const wasToldEffect = ({ effect }: Asked, heard: string): boolean => isPieceOf(effect, heard);

/** Whether `text` is a run of whole words of `heard`: what the agent has just said may come back as its echo. */
export function isPieceOf(text: string, heard: string): boolean {
  const [piece, whole] = [text, heard].map((said) => (said.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' '));
  return ` ${whole} `.includes(` ${piece} `);
}
