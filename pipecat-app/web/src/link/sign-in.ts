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
    return response.ok ? null : await reason(response);
  } catch {
    return { what: 'The server does not answer.', next: 'Check that it is running, then try again.' };
  }
}

/** The server's own words for a refusal, where it gave any. */
async function reason(response: Response): Promise<Problem> {
  const body: { error?: { message?: string; next?: string } } = await response.json().catch(() => ({}));
  return {
    what: body.error?.message ?? `The server answered with ${response.status}.`,
    next: body.error?.next ?? 'Look at its log, then try again.',
  };
}
