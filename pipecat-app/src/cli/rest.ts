import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Agent, type Dispatcher, request } from 'undici';
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
  connection: Connection,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  { body, statuses = [] }: { body?: unknown; statuses?: readonly number[] } = {},
): Promise<T> {
  const sent = body === undefined ? undefined : { type: 'application/json', body: JSON.stringify(body) };
  return exchange(connection, method, path, sent, async (response) => {
    const answer = parse(await response.body.text(), connection.endpoint);
    if (response.statusCode < 300 || statuses.includes(response.statusCode)) return answer as T;
    throw failure(answer as Failure, response.statusCode);
  });
}

/** Fetches a file to `path`. @throws TwinError as `call` */
export function download(connection: Connection, from: string, path: string): Promise<void> {
  return exchange(connection, 'GET', from, undefined, async (response) => {
    if (response.statusCode >= 300)
      throw failure(parse(await response.body.text(), connection.endpoint) as Failure, response.statusCode);
    await pipeline(response.body, createWriteStream(path, { mode: 0o600 }));
  });
}

/** Sends the file at `path`. @throws TwinError as `call` */
export function upload<T>(connection: Connection, to: string, path: string, type: string): Promise<T> {
  return exchange(connection, 'POST', to, { type, body: createReadStream(path) }, async (response) => {
    const answer = parse(await response.body.text(), connection.endpoint);
    if (response.statusCode < 300) return answer as T;
    throw failure(answer as Failure, response.statusCode);
  });
}

async function exchange<T>(
  { endpoint, key, ca }: Connection,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  sent: { type: string; body: string | Readable } | undefined,
  read: (response: Dispatcher.ResponseData) => Promise<T>,
): Promise<T> {
  const dispatcher = new Agent({ headersTimeout: ANSWER_MS, ...(ca !== undefined && { connect: { ca } }) });
  try {
    const response = await request(new URL(path, endpoint), {
      method,
      dispatcher,
      headers: { ...(key && { authorization: `Bearer ${key}` }), ...(sent && { 'content-type': sent.type }) },
      ...(sent && { body: sent.body }),
    });
    return await read(response);
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
