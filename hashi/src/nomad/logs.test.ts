import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { json, type Loopback, type Seen, serve, words } from '../loopback.fixture.js';
import { Nomad } from '../nomad.js';
import { quickClock } from '../quick-clock.fixture.js';
import { frame } from './fake-logs.fixture.js';

let server: Loopback;
let nomad: Nomad;

afterEach(async () => {
  await nomad.close();
  await expect.poll(server.open).toBe(0);
  await server.close();
});

const RUNNING = { State: 'running', StartedAt: '2026-01-01T00:00:00Z' };
const DEAD = { ...RUNNING, State: 'dead' };
const PENDING = { State: 'pending', StartedAt: null };

test('goes on at the next byte after a break, though the oldest file was deleted meanwhile', async () => {
  await script({
    states: [RUNNING, DEAD],
    files: [
      { 0: 6, 1: 4 },
      { 1: 4, 2: 3 },
    ],
    connections: [
      (out) => send(out, '{}', frame('abcdef', file(0)), frame('gh', file(1))).then(() => out.destroy()),
      (out) => send(out, frame('ij', file(1)), '{}', frame('klm', file(2))).then(() => out.end()),
    ],
  });
  expect(await whole()).toBe('abcdefghijklm');
  expect(connections()).toEqual([
    ['0', 'true'],
    ['2', null],
  ]);
});

test('waits for the task to start, and has no log of one that never did', async () => {
  const clock = await script({
    states: [undefined, PENDING, PENDING, DEAD],
    files: [{ 0: 1 }],
    connections: [(out) => send(out, frame('a', file(0))).then(() => out.end())],
  });
  expect(await whole()).toBe('a');
  expect(clock.sleeps).toHaveLength(3);
  await nomad.close();
  await server.close();
  await script({ states: [{ ...PENDING, State: 'dead' }], files: [], connections: [] });
  expect(await whole()).toBe('');
});

test('ends when the task ends, with all that it wrote: Nomad itself follows for ever', async () => {
  await script({
    states: [RUNNING, RUNNING, DEAD, DEAD],
    files: [{ 0: 0 }, { 0: 6 }],
    connections: [
      (out) => send(out, frame('abc', file(0)), '{}', '{}', '{}', '{}'),
      (out) => send(out, frame('def', file(0))).then(() => out.end()),
    ],
    tickMs: 3_000,
  });
  expect(await whole()).toBe('abcdef');
  expect(connections()).toEqual([
    ['0', 'true'],
    ['3', null],
  ]);
});

test('counts bytes where the token may read logs but no folder', async () => {
  await script({
    states: [RUNNING, DEAD],
    files: [],
    connections: [
      (out) => send(out, frame('grü', file(0))).then(() => out.destroy()),
      (out) => send(out, frame('ße', file(0))).then(() => out.end()),
    ],
  });
  expect(await whole()).toBe('grüße');
  expect(connections().map(([offset]) => offset)).toEqual(['0', '4']);
});

test('failures that pass are waited out, and the words behind the frames are one', async () => {
  await script({
    states: [RUNNING, RUNNING, RUNNING, DEAD],
    files: [{ 0: 4 }],
    connections: [
      (out) => words(out, 500, 'rpc error: EOF'),
      (out) => send(out, frame('ab', file(0)), 'failed to stream: gone').then(() => out.end()),
      (out) => send(out, frame('c', file(0))).then(() => out.end()),
      (out) => send(out, frame('d', file(0))).then(() => out.end()),
    ],
  });
  expect(await whole()).toBe('abcd');
  expect(connections().map(([offset]) => offset)).toEqual(['0', '0', '2', '3']);
});

test('a signal that aborts ends it quietly, a refusal does not', async () => {
  await script({ states: [RUNNING], files: [{ 0: 1 }], connections: [(out) => send(out, frame('a', file(0)))] });
  const stop = new AbortController();
  for await (const _ of nomad.logs.follow('one', 'web', { signal: stop.signal })) stop.abort();
  await nomad.close();
  await server.close();
  await script({ states: [RUNNING], files: [{}], connections: [(out) => words(out, 403, 'Permission denied')] });
  await expect(whole()).rejects.toMatchObject({ code: 'TWIN_NOMAD_REFUSED' });
});

type Script = {
  /** Of the task, look by look; the last one stays. */
  states: ({ State: string; StartedAt: string | null } | undefined)[];
  /** Sizes by index, look by look; without any, the folder may not be read. */
  files: Record<number, number>[];
  connections: ((out: ServerResponse, seen: Seen) => unknown)[];
  /** How much time passes between two looks at the clock. */
  tickMs?: number;
};

async function script({ states, files, connections, tickMs = 0 }: Script): Promise<ReturnType<typeof quickClock>> {
  const next = <T>(list: T[]): T => (list.length > 1 ? list.shift() : list[0]) as T;
  server = await serve((seen, response) => {
    if (seen.path.startsWith('/v1/allocation/')) json(response, allocation(next(states)));
    else if (seen.path.startsWith('/v1/client/fs/logs/')) connections.shift()?.(response, seen);
    else if (files.length === 0) words(response, 403, 'Permission denied');
    else
      json(
        response,
        Object.entries(next(files)).map(([i, Size]) => ({ Name: `web.stdout.${i}`, IsDir: false, Size })),
      );
  });
  const clock = quickClock();
  let ticks = 0;
  const ticking = { ...clock, now: () => clock.now() + tickMs * ticks++ };
  nomad = new Nomad({ address: server.address, clock: ticking });
  return clock;
}

async function whole(): Promise<string> {
  const pieces: Uint8Array[] = [];
  const { signal } = new AbortController();
  for await (const piece of nomad.logs.follow('one', 'web', { signal })) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const connections = (): (string | null)[][] =>
  server.seen
    .filter(({ path }) => path.startsWith('/v1/client/fs/logs/'))
    .map(({ query }) => [query.get('offset'), query.get('follow')]);

const file = (index: number): string => `alloc/logs/web.stdout.${index}`;

function allocation(state: object | undefined): object {
  const fixed = { ID: 'one', Name: 'a.b[0]', NodeID: 'n', JobID: 'a', TaskGroup: 'b', DesiredStatus: 'run' };
  const TaskStates = state === undefined ? null : { web: state };
  return { ...fixed, ClientStatus: 'running', TaskStates, CreateIndex: 1, ModifyIndex: 1 };
}

async function send(out: ServerResponse, ...texts: string[]): Promise<void> {
  if (!out.headersSent) out.writeHead(200);
  for (const text of texts) await new Promise((resolve) => out.write(text, resolve));
}
