import type { Problem } from '../audio/problem.js';

export type Asked<T> = { value: T } | { problem: Problem; status: number };

/**
 * One request to the agent, GET without a body and POST with one unless told otherwise; a file is sent as it is. Failures
 * in its own words, status 0 when it does not answer.
 */
export async function ask<T>(
  path: string,
  body?: object | Blob,
  method = body ? 'POST' : 'GET',
  headers: Record<string, string> = {},
): Promise<Asked<T>> {
  try {
    const response = await fetch(path, {
      method,
      cache: 'no-store',
      ...(body instanceof Blob
        ? { headers: { ...headers, 'content-type': 'application/gzip' }, body }
        : body && { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (response.status === 204) return { value: undefined as T };
    if (response.ok) return { value: (await response.json()) as T };
    return { problem: await reason(response), status: response.status };
  } catch {
    return {
      problem: { what: 'The server does not answer.', next: 'Check that it is running, then try again.' },
      status: 0,
    };
  }
}

/** The server's own words for a refusal, where it gave any. */
export async function reason(response: Response): Promise<Problem> {
  const body: { error?: { message?: string; next?: string } } = await response.json().catch(() => ({}));
  return {
    what: body.error?.message ?? `The server answered with ${response.status}.`,
    next: body.error?.next ?? 'Look at its log, then try again.',
  };
}
