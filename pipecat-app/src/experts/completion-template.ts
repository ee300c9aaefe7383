import type { Message } from './llm.js';

/** Text for a model that only continues text, and the marks at which its answer is over. */
export type Completion = { text: string; stop: readonly string[] };

const USER = 'Question:';
const ASSISTANT = 'Answer:';

/** One line, so that a message cannot forge a role mark. */
const line = (content: string): string => content.replace(/\s+/g, ' ').trim();

/**
 * Writes a conversation as questions and answers for a base model. The text of a conversation is a prefix of the text
 * of its continuation, so that an engine can keep what it has evaluated.
 */
export function renderCompletion(messages: readonly Message[]): Completion {
  let text = '';
  for (const { role, content } of messages) {
    if (role === 'system') text += `${line(content)}\n\n`;
    else if (role === 'user') text += `${USER} ${line(content)}\n${ASSISTANT}`;
    else text += ` ${line(content)}\n`;
  }
  return { text, stop: ['\n', USER, ASSISTANT] };
}
