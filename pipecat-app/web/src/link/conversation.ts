import type { ConversationLine } from '../../../src/server/protocol.js';

/** What was said lately, oldest first; nothing when the server does not tell. */
export async function readConversation(): Promise<ConversationLine[]> {
  try {
    const response = await fetch('/api/conversation', { cache: 'no-store' });
    if (!response.ok) return [];
    const { lines }: { lines: ConversationLine[] } = await response.json();
    return lines;
  } catch {
    return [];
  }
}

/** Makes the server forget what was said; false when it did not. */
export async function forgetConversation(): Promise<boolean> {
  try {
    return (await fetch('/api/conversation', { method: 'DELETE' })).ok;
  } catch {
    return false;
  }
}
