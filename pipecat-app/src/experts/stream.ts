import { TwinError } from '../errors.js';
import type { Clock } from './clock.js';
import type { ChatEvent } from './dialects/dialect.js';
import type { LlmStats } from './llm.js';
import { Seam } from './seam.js';
import type { NativeCall } from './tool-spec.js';
import { deadline, onReturn, onSign, type Rhythm, type Watched } from './watchdog.js';

/** Somebody who can answer, or go on with an answer. */
export type Upstream = {
  id: string;
  seam: 'exact' | 'loose';
  /** Left out: its silence is never too long, because there is nobody behind it. */
  rhythm?: Rhythm;
  /** Silence that is allowed before the first sign of life, in ms. */
  waitingMs: number;
  /** `partial`: what was answered already. */
  open(request: { partial: string; maxTokens: number }, signal: AbortSignal): AsyncIterable<ChatEvent>;
  /** Whether it works for others, so that a silent request waits its turn. */
  busy?(signal: AbortSignal): Promise<boolean>;
};

export type Lost = { upstream: Upstream; error: TwinError };

export type StreamEvent<Note> =
  | { text: string }
  | { call: NativeCall }
  /** The answer has ended. */
  | { stats: LlmStats; upstream: Upstream }
  /** This one died or fell silent; the next one is asked to go on. */
  | { lost: Lost }
  /** What `next` tells while it looks for somebody. */
  | { note: Note };

export type Failover<Note> = {
  maxTokens: number;
  /** Whom to ask, first or after `lost`, after any number of notes; ends without anybody when there is nobody left. */
  next(lost: Lost | undefined, signal: AbortSignal): AsyncIterable<{ upstream: Upstream } | { note: Note }>;
  clock: Clock;
};

const BUSY_ANSWER_MS = 1000;

/**
 * One unbroken answer out of as many servers as it takes: what was said stays said, and the next server goes on behind
 * it. A server that is left is aborted, so that its slot is free.
 * @throws TwinError of the last server when there is nobody left; AbortError.
 */
export async function* failover<Note>(
  job: Failover<Note>,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent<Note>, void> {
  let said = '';
  let tokens = 0;
  let lost: Lost | undefined;
  for (;;) {
    let upstream: Upstream | undefined;
    for await (const found of job.next(lost, signal)) {
      if ('note' in found) yield found;
      else upstream = found.upstream;
    }
    signal.throwIfAborted();
    if (upstream === undefined) throw lost?.error ?? nobody();
    const seam = new Seam(said, upstream.seam);
    const request = { partial: said, maxTokens: job.maxTokens - tokens };
    try {
      for await (const event of watched(upstream, request, job.clock, signal)) {
        if ('stats' in event) {
          const rest = seam.end();
          said += rest;
          if (rest !== '') yield { text: rest };
          yield { stats: event.stats, upstream };
        } else if ('call' in event) yield event;
        else if ('callDelta' in event) tokens++;
        else if ('text' in event) {
          tokens++;
          const text = seam.add(event.text);
          said += text;
          if (text !== '') yield { text };
        }
      }
      return;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof TwinError)) throw error;
      lost = { upstream, error };
      yield { lost };
      if (tokens >= job.maxTokens) return;
    }
  }
}

/** The events of one server, until it ends, dies, or is silent for too long. */
async function* watched(
  upstream: Upstream,
  request: { partial: string; maxTokens: number },
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void> {
  const stop = new AbortController();
  const events = upstream.open(request, AbortSignal.any([signal, stop.signal]))[Symbol.asyncIterator]();
  const { rhythm, waitingMs } = upstream;
  let state: Watched = { phase: 'waiting', since: clock.now() };
  let hung = false;
  try {
    for (;;) {
      const pending = events.next();
      let result = rhythm ? await before(pending, clock, deadline(state, rhythm, waitingMs)) : await pending;
      while (rhythm && result === 'late') {
        if (state.phase === 'waiting' && (await isBusy(upstream, clock, signal))) {
          state = { ...state, since: clock.now() };
          result = await before(pending, clock, deadline(state, rhythm, waitingMs));
          continue;
        }
        hung = true;
        pending.catch(() => undefined);
        throw silent(clock.now() - state.since);
      }
      if (result === 'late' || result.done) return;
      const event = result.value;
      if (rhythm && !('stats' in event))
        state = onSign(state, 'progress' in event ? 'progress' : 'token', clock.now(), rhythm);
      yield event;
      state = onReturn(state, clock.now());
    }
  } finally {
    // One that hangs ends some time after the abort; nobody waits for that.
    if (hung) void Promise.resolve(events.return?.()).catch(() => undefined);
    else await events.return?.();
    stop.abort();
  }
}

/** What `pending` gives, or `late` when that takes until `at`. */
async function before<T>(pending: Promise<T>, clock: Clock, at: number): Promise<T | 'late'> {
  let cancel = (): void => {};
  const late = new Promise<'late'>((resolve) => {
    cancel = clock.after(Math.max(0, at - clock.now()), () => resolve('late'));
  });
  try {
    const first = await Promise.race([pending, late]);
    if (first !== 'late') return first;
    // After a standstill of this process timers come before what the sockets have received meanwhile.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    return await Promise.race([pending, Promise.resolve('late' as const)]);
  } finally {
    cancel();
  }
}

async function isBusy({ busy }: Upstream, clock: Clock, signal: AbortSignal): Promise<boolean> {
  if (busy === undefined) return false;
  const patience = new AbortController();
  const cancel = clock.after(BUSY_ANSWER_MS, () => patience.abort());
  try {
    return await busy(AbortSignal.any([signal, patience.signal]));
  } catch {
    return false;
  } finally {
    cancel();
  }
}

const silent = (ms: number): TwinError =>
  new TwinError(
    'TWIN_LLM_UNAVAILABLE',
    `The language model's server has been silent for ${(ms / 1000).toFixed(1)} s.`,
    {
      next: 'Look whether that server hangs.',
      retryable: true,
    },
  );

const nobody = (): TwinError =>
  new TwinError('TWIN_LLM_UNAVAILABLE', 'There is no language model that could answer.', {
    next: 'Look at the experts in the status.',
    retryable: true,
  });
