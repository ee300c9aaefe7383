import type { Role } from '../../../src/server/protocol.js';
import type { Problem } from '../audio/problem.js';
import { ask } from './ask.js';

/** Who the server takes us for; `unknown` when it does not say, `nobody` only when it says so. */
export async function whoIsThis(): Promise<Role | 'nobody' | 'unknown'> {
  try {
    const response = await fetch('/api/session', { cache: 'no-store' });
    if (response.status === 401) return 'nobody';
    return response.ok ? ((await response.json()) as { role: Role }).role : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** Trades an API key for the sign-in cookie. Resolves with null when it worked, else with the reason. */
export async function signIn(key: string): Promise<Problem | null> {
  const answer = await ask('/api/session', { key });
  return 'problem' in answer ? answer.problem : null;
}
