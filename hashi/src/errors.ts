import type { z } from 'zod';

/** Which of the two servers a call went to; the middle of every error code. */
export type Server = 'NOMAD' | 'CONSUL';

export type HashiErrorOptions = {
  /** HTTP status, where the server answered. */
  status?: number;
  /** Whether the same call may succeed when it is made again. */
  retryable?: boolean;
  /** What a person does next, one sentence. */
  next?: string;
  cause?: unknown;
};

/**
 * Every failure of a call to Nomad or Consul. Codes are `TWIN_NOMAD_…` and `TWIN_CONSUL_…`, ending in one of
 * `UNREACHABLE`, `TIMEOUT`, `CLOSED`, `REFUSED` (401, 403), `MISSING` (404), `CONFLICT` (409), `INVALID` (other 4xx),
 * `BUSY` (429), `FAILED` (5xx), `TOO_LARGE`, `ANSWER` (not what the API promises), `DEPLOYING` (scaling has to wait).
 */
export class HashiError extends Error {
  override readonly name = 'HashiError';
  readonly code: `TWIN_${Server}_${string}`;
  readonly status: number | undefined;
  /** Method and path, without the query. */
  readonly endpoint: string;
  readonly retryable: boolean;
  readonly next: string;

  constructor(code: `TWIN_${Server}_${string}`, endpoint: string, message: string, options: HashiErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.endpoint = endpoint;
    this.status = options.status;
    this.retryable = options.retryable ?? false;
    this.next = options.next ?? '';
  }
}

const NAME = { NOMAD: 'Nomad', CONSUL: 'Consul' } as const;
const ADDRESS = { NOMAD: 'NOMAD_ADDR', CONSUL: 'CONSUL_HTTP_ADDR' } as const;
const TOKEN = { NOMAD: 'NOMAD_TOKEN', CONSUL: 'CONSUL_HTTP_TOKEN' } as const;
/** Most characters of a server's own words in a message. */
const SAID = 300;
/** A server that has no leader yet, or lost the connection to it, says so with status 500. */
const PASSING_TROUBLE =
  /no cluster leader|no path to region|rpc error: (EOF|.*timeout)|leader (election|lost)|i\/o timeout/i;

/** What a status outside 2xx means. `said` is the body of the answer. */
export function refusal(server: Server, endpoint: string, status: number, said: string): HashiError {
  const words = said.replace(/\s+/g, ' ').trim().slice(0, SAID);
  const message = `${NAME[server]} answers ${status} to ${endpoint}${words === '' ? '' : `: ${words}`}`;
  const { kind, retryable, next } = meaning(server, endpoint, status, said);
  return new HashiError(`TWIN_${server}_${kind}`, endpoint, message, { status, retryable, next });
}

type Meaning = { kind: string; retryable: boolean; next: string };

function meaning(server: Server, endpoint: string, status: number, said: string): Meaning {
  const later = `Try again in a moment; if it stays so, look at the log of ${NAME[server]}.`;
  switch (status) {
    case 401:
    case 403:
      return { kind: 'REFUSED', retryable: false, next: `Give a token that may do this, in ${TOKEN[server]}.` };
    case 404:
      return { kind: 'MISSING', retryable: false, next: 'Check the name and the namespace.' };
    case 409:
      return { kind: 'CONFLICT', retryable: false, next: 'Read the present value and decide again.' };
    case 429:
      return { kind: 'BUSY', retryable: true, next: later };
    default:
      if (status < 500) return { kind: 'INVALID', retryable: false, next: 'Correct what the message names.' };
  }
  // A write that failed with 500 may have been done, or be wrong in itself; only a passing trouble is worth a retry.
  const harmless = endpoint.startsWith('GET ') || status !== 500 || PASSING_TROUBLE.test(said);
  return { kind: 'FAILED', retryable: harmless, next: later };
}

export function unreachable(server: Server, endpoint: string, where: string, cause: unknown): HashiError {
  return new HashiError(`TWIN_${server}_UNREACHABLE`, endpoint, `${NAME[server]} cannot be reached at ${where}.`, {
    retryable: true,
    next: `Check ${ADDRESS[server]} and that ${NAME[server]} runs.`,
    cause,
  });
}

export function brokeOff(server: Server, endpoint: string, cause: unknown): HashiError {
  return new HashiError(
    `TWIN_${server}_UNREACHABLE`,
    endpoint,
    `${NAME[server]} broke off its answer to ${endpoint}.`,
    {
      retryable: true,
      next: `Check that ${NAME[server]} runs.`,
      cause,
    },
  );
}

export function late(server: Server, endpoint: string, ms: number): HashiError {
  return new HashiError(
    `TWIN_${server}_TIMEOUT`,
    endpoint,
    `${NAME[server]} gave no answer to ${endpoint} in ${ms} ms.`,
    {
      retryable: true,
      next: `Check that ${NAME[server]} is not overloaded.`,
    },
  );
}

export function closed(server: Server, endpoint: string): HashiError {
  return new HashiError(`TWIN_${server}_CLOSED`, endpoint, `The client of ${NAME[server]} was closed.`);
}

export function tooLarge(server: Server, endpoint: string, bytes: number): HashiError {
  const message = `${NAME[server]} answers ${endpoint} with more than ${bytes} bytes.`;
  return new HashiError(`TWIN_${server}_TOO_LARGE`, endpoint, message, { next: 'Ask for less, by prefix or filter.' });
}

/** What an answer that was read already has of `schema`. */
export function fitting<S extends z.ZodType>(server: Server, schema: S, value: unknown, endpoint: string): z.infer<S> {
  const { success, data, error } = schema.safeParse(value);
  if (!success) throw strange(server, endpoint, error);
  return data;
}

export function strange(server: Server, endpoint: string, cause: unknown): HashiError {
  return new HashiError(`TWIN_${server}_ANSWER`, endpoint, `The answer to ${endpoint} is not one of ${NAME[server]}.`, {
    next: `Check ${ADDRESS[server]} and the version of ${NAME[server]}.`,
    cause,
  });
}
