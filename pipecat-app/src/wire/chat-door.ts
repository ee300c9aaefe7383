import type { IncomingMessage, ServerResponse } from 'node:http';
import { TwinError } from '../errors.js';
import type { Principal } from '../server/access/guard.js';
import type { Context } from '../server/context.js';
import type { RequestLimit } from '../server/limits.js';
import { chatCompletion } from './chat-completions.js';
import { sendOpenaiError } from './openai-errors.js';

const PATH = '/v1/chat/completions';
const JSON_TYPE = /^application\/json(?:; ?charset=utf-8)?$/i;

export type Doorway = {
  headers: ReadonlyMap<string, string>;
  limit: RequestLimit;
  /** Writes the request into the log when it is over; does nothing where nobody reads it. */
  log: (request: IncomingMessage, response: ServerResponse) => void;
  maxBytes: number;
  /** Everything else, and everything that is to be refused. */
  others: (request: IncomingMessage, response: ServerResponse) => void;
};

/**
 * Every request of port 8000. A plain question for `/v1/chat/completions` of somebody who may ask it is answered from here,
 * because between a question and its first word express costs as much as the rest of the agent. All others go to `others`,
 * which answers that path too, with the same checks.
 */
export function chatDoor(context: Context, way: Doorway): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const who = isPlain(request, way.maxBytes) ? admitted(context, request) : undefined;
    if (who === undefined) way.others(request, response);
    else void enter(context, way, who, request, response);
  };
}

function isPlain({ method, url, headers }: IncomingMessage, maxBytes: number): boolean {
  const bytes = Number(headers['content-length'] ?? 0);
  return (
    method === 'POST' &&
    url === PATH &&
    bytes > 0 &&
    bytes <= maxBytes &&
    headers['content-encoding'] === undefined &&
    JSON_TYPE.test(headers['content-type'] ?? '')
  );
}

/** Undefined for who is to be refused. */
function admitted({ guard }: Context, { headers }: IncomingMessage): Principal | undefined {
  try {
    guard.checkHost(headers);
    return guard.admit(headers, 'operator', 'POST');
  } catch {
    return undefined;
  }
}

async function enter(
  { agent }: Context,
  { limit, headers, log, others }: Doorway,
  who: Principal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!(await limit.admits(request, response))) return others(request, response);
  log(request, response);
  for (const [name, value] of headers) response.setHeader(name, value);
  try {
    await chatCompletion(agent, who, await jsonOf(request), response);
  } catch (error) {
    if (!sendOpenaiError(agent.log, error, PATH, response)) response.destroy();
  }
}

function jsonOf(request: IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const unreadable = (): void =>
      reject(
        new TwinError('TWIN_BAD_REQUEST', 'The request could not be read.', { next: 'Send valid JSON in UTF-8.' }),
      );
    request.on('data', (bytes: Buffer) => pieces.push(bytes));
    request.on('error', unreadable).on('aborted', unreadable);
    request.on('end', () => {
      try {
        const value: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'));
        if (typeof value === 'object' && value !== null) resolve(value);
        else unreadable();
      } catch {
        unreadable();
      }
    });
  });
}
