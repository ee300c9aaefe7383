import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import type { HashiError } from '../errors.js';
import { json, type Loopback, type Seen, serve, words } from '../loopback.fixture.js';
import { Nomad } from '../nomad.js';
import { quickClock } from '../quick-clock.fixture.js';

let server: Loopback;
let nomad: Nomad;
const troubles: HashiError[] = [];

afterEach(async () => {
  await nomad.close();
  await server.close();
  troubles.length = 0;
});

test('a broken stream goes on behind its last index, and says that it was made anew', async () => {
  await streams([
    (out) => send(out, '{}\n', batch(5), batch(7)).then(() => out.destroy()),
    (out) => send(out, '{}\n', batch(7), batch(8)),
  ]);
  expect(await follow(8)).toEqual(['connected 0', 5, 7, 'connected 7', 8]);
  expect(asked()).toEqual(['0', '8']);
  expect(troubles).toMatchObject([{ code: 'TWIN_NOMAD_UNREACHABLE', retryable: true }]);
});

test('words that Nomad puts behind the events are a broken stream, and so is a clean end', async () => {
  await streams([
    (out) => send(out, '{}\n', batch(5), 'subscription closed by server\n').then(() => out.end()),
    (out) => send(out, '{}\n', batch(6)).then(() => out.end()),
    (out) => send(out, '{}\n', batch(9)),
  ]);
  expect(await follow(9)).toEqual(['connected 0', 5, 'connected 5', 6, 'connected 6', 9]);
  expect(asked()).toEqual(['0', '6', '7']);
});

test('heartbeats are no batches, and what a starting Nomad repeats is skipped', async () => {
  await streams([
    (out) => send(out, '{}\n', batch(5), '{}\n{}\n').then(() => out.destroy()),
    (out) => send(out, '{}\n', batch(2), batch(3), batch(5), '{}\n', batch(6)),
  ]);
  expect(await follow(6)).toEqual(['connected 0', 5, 'connected 5', 6]);
});

test('a Nomad whose state is older than the last event is followed from its beginning', async () => {
  await streams(
    [(out) => send(out, '{}\n', batch(50)).then(() => out.destroy()), (out) => send(out, '{}\n', batch(2), batch(3))],
    { stateIndex: 3 },
  );
  expect(await follow(3)).toEqual(['connected 0', 50, 'connected 0', 2, 3]);
  expect(asked()).toEqual(['0', '0']);
});

test('begins behind the index that it is given, with the topics', async () => {
  await streams([(out) => send(out, '{}\n', batch(43))]);
  expect(await follow(43, { index: 42, topics: ['Job', 'Allocation:a'] })).toEqual(['connected 42', 43]);
  expect(server.seen[0]?.query.getAll('topic')).toEqual(['Job', 'Allocation:a']);
  expect(asked()).toEqual(['43']);
});

test('failures that pass are waited out, a refusal is thrown', async () => {
  await streams([
    (out) => words(out, 500, 'No cluster leader'),
    (out) => words(out, 503, ''),
    (out) => words(out, 403, 'Permission denied'),
  ]);
  await expect(follow(1)).rejects.toMatchObject({ code: 'TWIN_NOMAD_REFUSED' });
  expect(troubles.map(({ status }) => status)).toEqual([500, 503]);
});

test('an aborted signal ends it quietly and a reader may leave: either closes the connection', async () => {
  await streams([(out) => send(out, '{}\n'), (out) => send(out, '{}\n')]);
  const stop = new AbortController();
  for await (const _ of nomad.events({ signal: stop.signal })) stop.abort();
  await expect.poll(server.open).toBe(0);
  for await (const _ of nomad.events({ signal: new AbortController().signal })) break;
  await expect.poll(server.open).toBe(0);
  for await (const _ of nomad.events({ signal: stop.signal })) expect.unreachable();
  expect(troubles).toEqual([]);
});

type Connection = (out: ServerResponse, seen: Seen) => unknown;

/** A Nomad that handles each connection of the event stream with the next of `connections`. */
async function streams(connections: Connection[], { stateIndex = 1000 } = {}): Promise<void> {
  server = await serve((seen, response) => {
    if (seen.path !== '/v1/event/stream') json(response, [], { 'x-nomad-index': stateIndex });
    else connections.shift()?.(response, seen);
  });
  const onTrouble = (error: HashiError): void => void troubles.push(error);
  nomad = new Nomad({ address: server.address, clock: quickClock(), onTrouble });
}

/** Reads until the batch with the index `last`. */
async function follow(last: number, more: { index?: number; topics?: string[] } = {}): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const { index, events, connected } of nomad.events({ signal: new AbortController().signal, ...more })) {
    seen.push(connected ? `connected ${index}` : index);
    expect(events).toHaveLength(connected ? 0 : 1);
    if (index === last && !connected) break;
  }
  return seen;
}

const asked = (): (string | null)[] =>
  server.seen.filter(({ path }) => path === '/v1/event/stream').map(({ query }) => query.get('index'));

const batch = (Index: number): string =>
  `${JSON.stringify({ Index, Events: [{ Topic: 'Job', Type: 'JobRegistered', Key: 'a', Index, Payload: {} }] })}\n`;

async function send(out: ServerResponse, ...texts: string[]): Promise<void> {
  out.writeHead(200);
  for (const text of texts) await new Promise((resolve) => out.write(text, resolve));
}
