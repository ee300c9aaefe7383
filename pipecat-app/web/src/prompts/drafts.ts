import type { PromptAnswer } from '../../../src/server/prompt-protocol.js';

/** A prompt as it is here: what is saved, and what the person has made of it. */
export type Draft = {
  name: string;
  text: string;
  /** What is saved, as far as this page knows; null for a prompt that is not saved yet. */
  saved: Pick<PromptAnswer, 'text' | 'etag' | 'versions'> | null;
  /** Somebody else has saved it since this draft was begun. */
  conflict: boolean;
};

export const isChanged = ({ text, saved }: Draft): boolean => text !== (saved?.text ?? '');

/** What was read from the server, with the draft that there is of it: unsaved words are never lost. */
export function refreshed(draft: Draft | undefined, saved: PromptAnswer): Draft {
  const { name, text, etag, versions } = saved;
  if (!draft || !isChanged(draft)) return { name, text, saved: { text, etag, versions }, conflict: false };
  const moved = draft.saved?.etag !== etag;
  return { ...draft, saved: { text, etag, versions }, conflict: (moved || draft.conflict) && draft.text !== text };
}

/** The same without what was changed. */
export const discarded = (draft: Draft): Draft => ({ ...draft, text: draft.saved?.text ?? '', conflict: false });

/** What a new expert begins with. */
export const newExpert = (expert: string): Draft => ({
  name: `${expert}_expert.txt`,
  text: `# Who answers questions about ${expert}. Lines that begin with # are notes.\nYou are an expert for ${expert}. You answer in a few short sentences.\n---\nUser: \nTwin: \n`,
  saved: null,
  conflict: false,
});
