import type { Problem } from '../audio/problem.js';
import { ask } from './ask.js';

/** False only when the server answers that it does not know us; true also when it does not answer at all. */
export async function isSignedIn(): Promise<boolean> {
  try {
    const response = await fetch('/api/session', { cache: 'no-store' });
    return response.status !== 401;
  } catch {
    return true;
  }
}

/** Trades an API key for the sign-in cookie. Resolves with null when it worked, else with the reason. */
export async function signIn(key: string): Promise<Problem | null> {
  const answer = await ask('/api/session', { key });
  return 'problem' in answer ? answer.problem : null;
}
