import type { Problem } from '../audio/problem.js';

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
  try {
    const response = await fetch('/api/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    });
    if (response.ok) return null;
    if (response.status === 401 || response.status === 403) {
      return { what: 'The server does not know this key.', next: 'Check that it is complete, with no space around it.' };
    }
    if (response.status === 429) return { what: 'Too many tries.', next: 'Wait a minute, then try again.' };
    return { what: `The server answered with ${response.status}.`, next: 'Look at its log, then try again.' };
  } catch {
    return { what: 'The server does not answer.', next: 'Check that it is running, then try again.' };
  }
}
