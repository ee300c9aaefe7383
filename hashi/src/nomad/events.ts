import { z } from 'zod';
import { Backoff } from '../backoff.js';
import { brokeOff, HashiError } from '../errors.js';
import { jsonSequence } from '../json-sequence.js';
import { type Call, listOf, type NomadApi } from './api.js';

const event = z.looseObject({
  /** `Job`, `Evaluation`, `Allocation`, `Deployment`, `Node`, `Service`, … */
  Topic: z.string(),
  Type: z.string(),
  /** Id of the job, allocation, … */
  Key: z.string(),
  Namespace: z.string().nullish(),
  FilterKeys: listOf(z.string()),
  Index: z.number(),
  /** The object under its topic's name, for example `Payload.Allocation`. */
  Payload: z.record(z.string(), z.unknown()).nullish(),
});
export type NomadEvent = z.infer<typeof event>;

/** `{}` is the heartbeat. */
const line = z.looseObject({ Index: z.number().optional(), Events: listOf(event) });

export type EventBatch = {
  /** What `events({ index })` takes to go on behind this batch. */
  index: number;
  events: NomadEvent[];
  /**
   * True for the empty batch that begins each connection. What happened before it may be missing, for Nomad remembers the
   * last hundred changes only, and none over its own restart: list now what must be known for certain.
   */
  connected: boolean;
};

export type EventOptions = Pick<Call, 'namespace' | 'region'> & {
  /** `Job`, or `Allocation:ID` with the id of any object that an event belongs to; everything when left out. */
  topics?: readonly string[];
  /** Events after this index; 0: from the oldest one that Nomad remembers. */
  index?: number;
  signal: AbortSignal;
};

const PATH = '/v1/event/stream';
const ENDPOINT = `GET ${PATH}`;
/** Nomad sends a heartbeat every 30 s. */
const IDLE_MS = 75_000;

/**
 * What happens in the cluster. Ends quietly when `signal` aborts; a broken connection is made again from the last index,
 * with a growing wait. Each event comes at least once as long as Nomad remembers it.
 * @throws HashiError that no retry can mend.
 */
export async function* followEvents(
  api: NomadApi,
  { topics = [], index = 0, signal, ...call }: EventOptions,
  onTrouble: ((error: HashiError) => void) | undefined,
): AsyncGenerator<EventBatch, void> {
  const backoff = new Backoff({ clock: api.clock });
  let last = index;
  while (!signal.aborted) {
    const query = { topic: topics, index: last > 0 ? last + 1 : 0 };
    let connected = false;
    let first = true;
    try {
      const chunks = api.http.stream(api.request('GET', PATH, { ...call, signal }, { query }), IDLE_MS);
      for await (const object of jsonSequence(chunks)) {
        backoff.reset();
        if (!connected) yield { index: last, events: [], connected: true };
        connected = true;
        const { Index, Events } = line.parse(object);
        if (Index === undefined) continue;
        // Asked for what is newer than all it has, Nomad begins with the newest: the one seen before.
        const seen = first && Index === last;
        first = false;
        last = Index;
        if (!seen) yield { index: Index, events: Events, connected: false };
      }
      onTrouble?.(brokeOff('NOMAD', ENDPOINT, undefined));
    } catch (error) {
      if (signal.aborted) return;
      const failure = error instanceof SyntaxError ? brokeOff('NOMAD', ENDPOINT, error) : error;
      if (!(failure instanceof HashiError) || !failure.retryable) throw failure;
      onTrouble?.(failure);
    }
    await backoff.wait(signal);
  }
}
