import { Agent, request } from 'undici';
import { TwinError } from '../errors.js';
import type { Connection } from './connection.js';

/** Longest wait for an answer of the language model, in ms. */
const ANSWER_MS = 120_000;

type Failure = { error?: { code?: string; message?: string; next?: string } };

/**
 * One REST call. `statuses` besides 2xx that are answers too, not failures.
 * @throws TwinError with what the agent said, or `TWIN_UNREACHABLE` (retryable).
 */
export async function call<T>(
  { endpoint, key, ca }: Connection,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  { body, statuses = [] }: { body?: unknown; statuses?: readonly number[] } = {},
): Promise<T> {
  const dispatcher = new Agent({ headersTimeout: ANSWER_MS, ...(ca !== undefined && { connect: { ca } }) });
  try {
    const response = await request(new URL(path, endpoint), {
      method,
      dispatcher,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    const answer = parse(text, endpoint);
    if (response.statusCode < 300 || statuses.includes(response.statusCode)) return answer as T;
    throw failure(answer as Failure, response.statusCode);
  } catch (cause) {
    if (cause instanceof TwinError) throw cause;
    throw new TwinError('TWIN_UNREACHABLE', `No agent answers at ${endpoint}.`, {
      next: 'Start it with `./bootstrap.sh --local`, or name another address with --endpoint.',
      retryable: true,
      cause,
    });
  } finally {
    await dispatcher.destroy();
  }
}

function parse(text: string, endpoint: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new TwinError('TWIN_NOT_TWIN', `What answers at ${endpoint} is not Twin.`, {
      next: 'Check --endpoint and the port.',
    });
  }
}

function failure({ error }: Failure, status: number): TwinError {
  const code = error?.code?.startsWith('TWIN_') ? (error.code as `TWIN_${string}`) : 'TWIN_REFUSED';
  const next = code === 'TWIN_UNAUTHORIZED' ? 'Give an API key with --key or TWIN_KEY.' : (error?.next ?? '');
  return new TwinError(code, error?.message ?? `The agent answered with ${status}.`, { next });
}
