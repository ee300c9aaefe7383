import { type Signal, signal } from '@preact/signals';
import type { Role } from '../../../src/server/protocol.js';
import { ask } from './ask.js';

/** What the person may do; null before the server has said it. */
export const role: Signal<Role | null> = signal(null);

/** Asks who this is. Every page asks: a viewer has no session that would tell. */
export async function askRole(): Promise<void> {
  const answer = await ask<{ role?: Role }>('/api/session');
  if ('value' in answer) role.value = answer.value.role ?? null;
  else if (answer.status === 401) role.value = null;
}
