import type { Nomad } from '@twin/hashi/nomad.js';
import { TwinError } from '../errors.js';
import { type Clock, pause } from '../experts/clock.js';
import type { LogLines, LogStart } from '../server/cluster-protocol.js';
import { LineCutter } from './line-cutter.js';
import type { Allocation } from './survey.js';
import { newestFirst } from './tasks.js';

const STREAMS = ['stdout', 'stderr'] as const;
type Stream = (typeof STREAMS)[number];

/** A place in the log of a job: bytes of both streams of one allocation. */
export type LogCursor = { allocation: string } & Record<Stream, number>;

export type LogEvent = { cursor: LogCursor } & (
  | { type: 'start'; data: LogStart }
  | { type: 'log'; data: LogLines }
  | { type: 'end'; data: { words: string } }
);

export type LogRequest = {
  job: string;
  /** The job's first group by default, and its first task. */
  group?: string | undefined;
  task?: string | undefined;
  /** Where a reader stopped before; without it, or when there is a newer allocation, its last 64 KiB. */
  after?: LogCursor | undefined;
  /** False: what there is now, and no more. */
  follow: boolean;
};

const TAIL_BYTES = 64 * 1024;
/** Between two looks for an allocation that has logs, in ms. */
const LOOK_MS = 2_000;

export const cursorText = ({ allocation, stdout, stderr }: LogCursor): string => `${allocation}.${stdout}.${stderr}`;

/** Undefined for anything that `cursorText` does not write. */
export function readCursor(text: string): LogCursor | undefined {
  const [, allocation, stdout, stderr] = /^([0-9a-f-]{1,64})\.(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  return allocation ? { allocation, stdout: Number(stdout), stderr: Number(stderr) } : undefined;
}

/**
 * What the newest allocation of a job writes, then what the next one writes, until `signal` aborts.
 * @throws HashiError `TWIN_NOMAD_MISSING` when there is no such job; TwinError `TWIN_LOG_NONE` when nothing of it has run
 * and nobody wants to wait
 */
export async function* followLog(
  nomad: Nomad,
  clock: Clock,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<LogEvent, void> {
  let { after } = request;
  let done: string | undefined;
  while (!signal.aborted) {
    const found = await newest(nomad, request, signal);
    if (found === undefined && !request.follow) throw nothingRan(request.job);
    if (found === undefined || found.start.allocation === done) {
      await pause(clock, LOOK_MS, signal);
      continue;
    }
    const { start } = found;
    const same = after?.allocation === start.allocation;
    const cursor = same && after ? after : await tail(nomad, start, signal);
    yield { type: 'start', cursor: { ...cursor }, data: start };
    yield* allocationLog(nomad, start, { cursor, inside: !same, follow: request.follow }, signal);
    if (signal.aborted || !request.follow) return;
    yield {
      type: 'end',
      cursor: { ...cursor },
      data: { words: 'The task has ended. What comes next is that of its next start.' },
    };
    done = start.allocation;
    after = undefined;
  }
}

type Found = { start: LogStart };

async function newest(nomad: Nomad, request: LogRequest, signal: AbortSignal): Promise<Found | undefined> {
  const [job, allocations] = await Promise.all([
    nomad.jobs.read(request.job, { signal }),
    nomad.jobs.allocations(request.job, { signal }),
  ]);
  const sorted = newestFirst(allocations);
  const has = (group: string): boolean => sorted.some(({ TaskGroup }) => TaskGroup === group);
  const group = request.group ?? job.TaskGroups.find(({ Name }) => has(Name))?.Name;
  const one = sorted.find(({ TaskGroup }) => TaskGroup === group);
  if (one === undefined || group === undefined) return undefined;
  const named = job.TaskGroups.find(({ Name }) => Name === group)?.Tasks[0]?.Name;
  const task = request.task ?? named ?? Object.keys(one.TaskStates)[0];
  if (task === undefined) return undefined;
  return { start: { allocation: one.ID, group, task, node: nodeOf(one) } };
}

const nodeOf = ({ NodeName, NodeID }: Allocation): string => NodeName ?? NodeID;

async function tail(nomad: Nomad, { allocation, task }: LogStart, signal: AbortSignal): Promise<LogCursor> {
  const [stdout, stderr] = await Promise.all(STREAMS.map((stream) => sizeOf(nomad, allocation, task, stream, signal)));
  const from = (size = 0): number => Math.max(0, size - TAIL_BYTES);
  return { allocation, stdout: from(stdout), stderr: from(stderr) };
}

/** Before the task has started there is no log, and on a node that cannot be reached nobody knows of one. */
function sizeOf(nomad: Nomad, allocation: string, task: string, stream: Stream, signal: AbortSignal): Promise<number> {
  return nomad.logs.size(allocation, task, { stream, signal }).catch((error: unknown) => {
    if ((error as { status?: number }).status === 404 || (error as { status?: number }).status === 500) return 0;
    throw error;
  });
}

type From = { cursor: LogCursor; inside: boolean; follow: boolean };

/** Both streams of one task. Moves the cursor with what it yields. */
async function* allocationLog(
  nomad: Nomad,
  { allocation, task }: LogStart,
  { cursor, inside, follow }: From,
  signal: AbortSignal,
): AsyncGenerator<LogEvent, void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const read = async function* (stream: Stream): AsyncGenerator<LogEvent, void> {
    const size = follow ? Number.POSITIVE_INFINITY : await sizeOf(nomad, allocation, task, stream, both);
    const cutter = new LineCutter(inside && cursor[stream] > 0);
    let read = cursor[stream];
    if (read >= size) return;
    const event = ({ text, bytes }: { text: string; bytes: number }): LogEvent[] => {
      cursor[stream] += bytes;
      return text === '' ? [] : [{ type: 'log', cursor: { ...cursor }, data: { stream, text } }];
    };
    for await (const data of nomad.logs.follow(allocation, task, { stream, offset: read, signal: both })) {
      yield* event(cutter.push(data));
      read += data.length;
      if (read >= size) break;
    }
    if (!signal.aborted) yield* event(cutter.rest());
  };
  yield* merged(
    STREAMS.map((stream) => read(stream)),
    () => stop.abort(),
  );
}

/** What several generators give, as it comes. Leaving it, or a failure of one, ends all of them. */
async function* merged<T>(sources: readonly AsyncGenerator<T, void>[], stop: () => void): AsyncGenerator<T, void> {
  const next = async (source: AsyncGenerator<T, void>) => ({ source, result: await source.next() });
  const pending = new Map(sources.map((source) => [source, next(source)]));
  try {
    while (pending.size > 0) {
      const { source, result } = await Promise.race(pending.values());
      if (result.done) pending.delete(source);
      else {
        pending.set(source, next(source));
        yield result.value;
      }
    }
  } finally {
    stop();
    await Promise.allSettled(pending.values());
    await Promise.allSettled(sources.map((source) => source.return()));
  }
}

function nothingRan(job: string): TwinError {
  return new TwinError('TWIN_LOG_NONE', `Nothing of job ${job} has run yet.`, {
    next: 'Wait until a node takes it; `twin logs JOB -f` waits for you.',
  });
}
