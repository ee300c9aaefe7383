import { open, rm, stat } from 'node:fs/promises';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { Agent, fetch, type Response } from 'undici';
import { TwinError } from '../errors.js';
import { estimate } from './progress.js';
import type { FetchContext } from './source.js';

/** Limits of one download, in milliseconds. */
export interface HubLimits {
  readonly connectMs: number;
  /** A server that sends nothing for this long is given up, and asked again from where it stopped. */
  readonly stallMs: number;
  readonly retryDelayMs: number;
}

const HUB_LIMITS: HubLimits = { connectMs: 6_000, stallMs: 30_000, retryDelayMs: 500 };
/** Tries in a row that brought nothing; a transfer that makes way is taken up as often as it breaks. */
const BARREN_TRIES = 3;

/**
 * Downloads over HTTP to `partPath`; what is already there is continued by a range request.
 * @throws TwinError `TWIN_MODEL_SOURCE`; retryable when the network failed on the way.
 */
export async function fetchFromHub(url: string, context: FetchContext, limits = HUB_LIMITS): Promise<void> {
  const agent = new Agent({
    connect: { timeout: limits.connectMs },
    headersTimeout: limits.stallMs,
    bodyTimeout: limits.stallMs,
  });
  let barren = 0;
  let before = await sizeOf(context.partPath);
  const once = async () => {
    try {
      await attempt(url, context, agent);
    } finally {
      const now = await sizeOf(context.partPath);
      barren = now > before ? 0 : barren + 1;
      before = now;
    }
  };
  const policy = retry(
    handleWhen((error) => error instanceof TwinError && error.retryable && barren < BARREN_TRIES),
    {
      maxAttempts: Number.POSITIVE_INFINITY,
      backoff: new ExponentialBackoff({ initialDelay: limits.retryDelayMs, maxDelay: 8_000 }),
    },
  );
  try {
    await policy.execute(once, context.signal);
  } finally {
    await agent.destroy();
  }
  context.signal.throwIfAborted();
}

async function attempt(url: string, context: FetchContext, agent: Agent): Promise<void> {
  const { model, partPath, signal } = context;
  const have = await sizeOf(partPath);
  if (have === model.bytes) return;
  if (have > model.bytes) await rm(partPath);
  const from = have > model.bytes ? 0 : have;

  const headers = { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
  const response = await fetch(url, { dispatcher: agent, headers, signal }).catch((cause) => {
    signal.throwIfAborted();
    // Only a transfer that had begun is worth asking for again: a host that is not reached now is left at once.
    throw failure(url, `it cannot be reached (${reason(cause)})`, false, cause);
  });
  const resumed = acceptOrThrow(url, response, from, model.bytes);
  const advance = estimate('downloading', model.bytes, context.report);
  let done = resumed ? from : 0;
  advance(done);
  const file = await open(partPath, resumed ? 'a' : 'w');
  try {
    for await (const chunk of response.body ?? []) {
      if (done + chunk.length > model.bytes)
        throw failure(url, `it sends more than the expected ${model.bytes} bytes`, false);
      await file.writeFile(chunk);
      done += chunk.length;
      advance(done);
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof TwinError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new TwinError('TWIN_DISK_FULL', 'The disk became full.', {
        next: 'Free some space and pull again.',
        cause,
      });
    throw failure(url, `the transfer broke off (${reason(cause)})`, true, cause);
  } finally {
    await file.close();
  }
  if (done < model.bytes) throw failure(url, `it ended after ${done} of ${model.bytes} bytes`, true);
}

/** True when the body continues at `from`, false when it is the whole file. @throws TwinError when it is neither. */
function acceptOrThrow(url: string, response: Response, from: number, total: number): boolean {
  const discard = (why: string, retryable = false): never => {
    void response.body?.cancel().catch(() => {});
    throw failure(url, why, retryable);
  };
  if (response.status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    if (Number(range?.[1]) !== from) discard('it answers with another range than was asked for');
    if (range?.[2] !== '*' && Number(range?.[2]) !== total)
      discard(`its file has ${range?.[2]} bytes, expected ${total}`);
    return true;
  }
  if (response.status !== 200) {
    discard(
      `it answers ${response.status} ${response.statusText}`.trimEnd(),
      response.status >= 500 || response.status === 429,
    );
  }
  const length = response.headers.get('content-length');
  if (length !== null && Number(length) !== total) discard(`its file has ${length} bytes, expected ${total}`);
  return false;
}

function failure(url: string, why: string, retryable: boolean, cause?: unknown): TwinError {
  return new TwinError('TWIN_MODEL_SOURCE', `${new URL(url).host}: ${why}`, { retryable, cause });
}

/** The innermost cause: undici wraps what happened in "fetch failed". */
function reason(error: unknown): string {
  let e: unknown = error;
  while (e instanceof Error && e.cause instanceof Error) e = e.cause;
  return e instanceof Error ? e.message || ((e as NodeJS.ErrnoException).code ?? e.name) : String(e);
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0,
  );
}
