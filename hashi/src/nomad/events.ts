import { z } from 'zod';
import { Backoff } from '../backoff.js';
import { brokeOff, fitting, HashiError } from '../errors.js';
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
/** Lists whose index is that of the last event with the topic. */
const LISTS: Record<string, string> = {
  Job: '/v1/jobs',
  Evaluation: '/v1/evaluations',
  Allocation: '/v1/allocations',
  Deployment: '/v1/deployments',
  Node: '/v1/nodes',
};

/**
 * What happens in the cluster. Ends quietly when `signal` aborts; a broken connection is made again from the last index,
 * with a growing wait. No event comes twice, unless the cluster's state was replaced by an older one.
 * @throws HashiError that no retry can mend.
 */
export async function* followEvents(
  api: NomadApi,
  options: EventOptions,
  onTrouble: ((error: HashiError) => void) | undefined,
): AsyncGenerator<EventBatch, void> {
  const { signal } = options;
  const backoff = new Backoff({ clock: api.clock });
  const last: Last = { index: options.index ?? 0, topic: undefined };
  while (!signal.aborted) {
    try {
      await forgetIfReplaced(api, last, options);
      for await (const batch of connection(api, last, options)) {
        backoff.reset();
        yield batch;
      }
      throw brokeOff('NOMAD', ENDPOINT, undefined);
    } catch (error) {
      if (signal.aborted) return;
      const failure = error instanceof SyntaxError ? brokeOff('NOMAD', ENDPOINT, error) : error;
      if (!(failure instanceof HashiError) || !failure.retryable) throw failure;
      onTrouble?.(failure);
      await backoff.wait(signal);
    }
  }
}

/** The newest event that was yielded. */
type Last = { index: number; topic: string | undefined };

async function* connection(
  api: NomadApi,
  last: Last,
  { topics = [], signal, namespace, region }: EventOptions,
): AsyncGenerator<EventBatch, void> {
  const query = { topic: topics, index: last.index > 0 ? last.index + 1 : 0 };
  const chunks = api.http.stream(api.request('GET', PATH, { signal, namespace, region }, { query }), IDLE_MS);
  let connected = false;
  for await (const object of jsonSequence(chunks)) {
    if (!connected) yield { index: last.index, events: [], connected: true };
    connected = true;
    const { Index = 0, Events } = fitting('NOMAD', line, object, ENDPOINT);
    // Nomad repeats old ones: the newest of all when it has none behind the index, and many right after its start.
    if (Index <= last.index) continue;
    last.index = Index;
    last.topic = Events[0]?.Topic;
    yield { index: Index, events: Events, connected: false };
  }
}

/** Begins again at 0 when Nomad's state is older than the last event: another cluster is there now, or a snapshot. */
async function forgetIfReplaced(api: NomadApi, last: Last, { signal, namespace, region }: EventOptions): Promise<void> {
  const list = last.topic === undefined ? undefined : LISTS[last.topic];
  if (list === undefined) return;
  // Waits for a leader, too, which has its state together.
  const request = api.request('GET', list, { signal, namespace, region }, { query: { per_page: 1 }, statuses: [403] });
  const { status, headers } = await api.http.text(request);
  if (status !== 403 && Number(headers['x-nomad-index']) < last.index)
    Object.assign(last, { index: 0, topic: undefined });
}
