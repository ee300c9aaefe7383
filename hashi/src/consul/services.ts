import { z } from 'zod';
import type { HashiError } from '../errors.js';
import { instances, type ServiceInstance } from './instance.js';
import { watchEach } from './merge.js';
import type { Queries } from './query.js';

const catalog = z.record(z.string(), z.array(z.string())).transform((names) => new Map(Object.entries(names)));

/** What Consul knows of services: all names with their tags. */
export const watchNames = (
  queries: Queries,
  signal: AbortSignal,
): AsyncGenerator<ReadonlyMap<string, string[]>, void> => queries.watch(catalog, '/v1/catalog/services', signal);

/** Every instance of one service, healthy or not; an empty list when there is none. */
export const watchService = (
  queries: Queries,
  name: string,
  signal: AbortSignal,
  onTrouble?: (error: HashiError) => void,
): AsyncGenerator<ServiceInstance[], void> =>
  queries.watch(
    instances,
    `/v1/health/service/${encodeURIComponent(name)}`,
    signal,
    onTrouble === undefined ? {} : { onTrouble },
  );

/**
 * Every instance of every service whose name begins with `prefix`: one query held for the names and one for each of the
 * services. A service leaves the map with its last instance.
 */
export const watchServices = (
  queries: Queries,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<ReadonlyMap<string, ServiceInstance[]>, void> =>
  watchEach(
    (own) => namesWith(prefix, watchNames(queries, own)),
    (name, own, onTrouble) => watchService(queries, name, own, onTrouble),
    signal,
  );

async function* namesWith(
  prefix: string,
  names: AsyncIterable<ReadonlyMap<string, string[]>>,
): AsyncGenerator<Set<string>, void> {
  for await (const all of names) yield new Set([...all.keys()].filter((name) => name.startsWith(prefix)));
}
