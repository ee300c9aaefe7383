import { afterEach, expect, test } from 'vitest';
import { Consul } from '../consul.js';
import { type Handler, json, type Loopback, serve, words } from '../loopback.fixture.js';
import { quickClock } from '../quick-clock.fixture.js';

let server: Loopback;
let consul: Consul;
const clock = quickClock();

afterEach(async () => {
  await consul.close();
  await server.close();
  clock.sleeps.length = 0;
});

const never = (): AbortSignal => new AbortController().signal;

test('a free key that is still barred is tried again until the lock delay of its last holder is over', async () => {
  let refusals = 3;
  await start((seen, response) => {
    if (seen.path === '/v1/session/create') json(response, { ID: 'mine' });
    else if (seen.path.startsWith('/v1/session/')) json(response, [{}]);
    else if (seen.method === 'PUT') json(response, refusals-- <= 0);
    // Held for ever: once it is ours, nothing changes.
    else if (seen.query.get('index') === null)
      json(response, [entry(refusals < 0 ? 'mine' : undefined)], { 'x-consul-index': 7 });
  });
  const lock = await consul.lock('a', never());
  expect(lock.lost.aborted).toBe(false);
  expect(puts('acquire')).toBe(4);
  await lock.release();
  expect(puts('release')).toBe(1);
  expect(server.seen.at(-1)?.path).toBe('/v1/session/destroy/mine');
});

test('a session is renewed three times in its time, and taken for ended when Consul is silent for all of it', async () => {
  let renewals = 0;
  await start((_, response) => {
    if (++renewals <= 5) json(response, [{}]);
    else words(response, 500, 'No cluster leader');
  });
  await expect(consul.sessions.keep('mine', 12_000, never())).rejects.toMatchObject({ status: 500 });
  expect(clock.sleeps.slice(0, 5)).toEqual([4_000, 4_000, 4_000, 4_000, 4_000]);
  const silent = clock.sleeps.slice(5).reduce((sum, ms) => sum + ms, 0);
  expect(silent).toBeGreaterThanOrEqual(12_000);
  expect(silent).toBeLessThan(15_000);
});

test('a renewal that hangs does not hide that the time is over', async () => {
  server = await serve(() => undefined);
  consul = new Consul({ address: server.address });
  await expect(consul.sessions.keep('mine', 60, never())).rejects.toMatchObject({ code: 'TWIN_CONSUL_TIMEOUT' });
});

test('a session that has ended is not tried again, and a signal ends the renewing quietly', async () => {
  await start((_, response) => words(response, 404, 'Session id "mine" not found'));
  await expect(consul.sessions.keep('mine', 12_000, never())).rejects.toMatchObject({ code: 'TWIN_CONSUL_MISSING' });
  expect(server.seen).toHaveLength(1);
  await consul.sessions.keep('mine', 12_000, AbortSignal.abort());
  expect(server.seen).toHaveLength(1);
});

async function start(handler: Handler): Promise<void> {
  server = await serve(handler);
  consul = new Consul({ address: server.address, clock });
}

const puts = (how: string): number =>
  server.seen.filter(({ method, query }) => method === 'PUT' && query.has(how)).length;

const entry = (Session: string | undefined): object => ({
  Key: 'a',
  Value: null,
  ModifyIndex: 1,
  LockIndex: 1,
  Flags: 0,
  ...(Session === undefined ? {} : { Session }),
});
