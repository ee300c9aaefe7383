import { EventSourceParserStream } from 'eventsource-parser/stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ClusterAgent, JOB, openClusterAgent } from './cluster-agent.fixture.js';

let agent: ClusterAgent;
beforeAll(async () => {
  agent = await openClusterAgent();
  const headers = { authorization: `Bearer ${agent.keys.admin}`, 'content-type': 'application/json' };
  const send = (path: string, body: object) =>
    fetch(agent.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const plan = (await (await send('/api/jobs/plan', { hcl: JOB('talker') })).json()) as { plan: string };
  expect((await send('/api/jobs', { plan: plan.plan, modify_index: 0 })).status).toBe(201);
});
afterAll(() => agent.close());

type Event = { id?: string | undefined; event?: string | undefined; data: string };

/** The log as a browser reads it, until `enough` says so; hangs up then. */
async function read(path: string, enough: (events: Event[]) => boolean, more: Record<string, string> = {}) {
  const hangUp = new AbortController();
  const headers = { authorization: `Bearer ${agent.keys.viewer}`, ...more };
  const response = await fetch(`${agent.url}/api/logs/${path}`, { headers, signal: hangUp.signal });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(response.headers.get('content-encoding')).toBeNull();
  const events: Event[] = [];
  const stream = response.body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  try {
    for await (const event of stream ?? []) if (events.push(event) && enough(events)) break;
  } finally {
    hangUp.abort();
  }
  return events;
}

const textOf = (events: Event[], stream: string): string =>
  events
    .filter(({ event }) => event === 'log')
    .map(({ data }) => JSON.parse(data) as { stream: string; text: string })
    .filter((lines) => lines.stream === stream)
    .map(({ text }) => text)
    .join('');
const whole = (events: Event[]): boolean =>
  textOf(events, 'stdout').endsWith('line 5\n') && textOf(events, 'stderr').endsWith('warning 5\n');

it('follows both streams of the newest allocation', async () => {
  const events = await read('talker', whole);
  expect(events[0]).toMatchObject({ event: 'start' });
  expect(JSON.parse(events[0]?.data ?? '')).toMatchObject({ group: 'talk', task: 'lines', node: 'node-1' });
  expect(textOf(events, 'stdout')).toBe('line 1\nline 2\nline 3\nline 4\nline 5\n');
  expect(textOf(events, 'stderr')).toMatch(/^warning 1\n/);
});

it('goes on where a reader was before the connection broke, by header and by query', async () => {
  const first = await read('talker', (events) => textOf(events, 'stdout').includes('line 2'));
  const last = first.at(-1)?.id ?? '';
  const seen = textOf(first, 'stdout') + textOf(first, 'stderr');
  for (const again of [
    await read('talker', whole2, { 'last-event-id': last }),
    await read(`talker?after=${last}`, whole2),
  ]) {
    const all = seen + textOf(again, 'stdout') + textOf(again, 'stderr');
    for (const line of [1, 2, 3, 4, 5].flatMap((n) => [`line ${n}\n`, `warning ${n}\n`]))
      expect(all.split(line)).toHaveLength(2);
  }
  function whole2(events: Event[]): boolean {
    const all = seen + textOf(events, 'stdout') + textOf(events, 'stderr');
    return all.includes('line 5') && all.includes('warning 5');
  }
});

it('ends by itself when only what is there is wanted', async () => {
  const events = await read('talker?follow=false', () => false);
  expect(whole(events)).toBe(true);
});

it('begins at the newest when its place is of another allocation, or nonsense', async () => {
  for (const place of ['0000-1111.999.999', 'nonsense']) {
    expect(whole(await read('talker', whole, { 'last-event-id': place }))).toBe(true);
  }
});

it('is for viewers, and says in words what is not there', async () => {
  expect((await fetch(`${agent.url}/api/logs/talker`)).status).toBe(401);
  const headers = { authorization: `Bearer ${agent.keys.viewer}` };
  const missing = await fetch(`${agent.url}/api/logs/nowhere`, { headers });
  expect(missing.status).toBe(404);
  expect(await missing.json()).toMatchObject({ error: { code: 'TWIN_NOMAD_MISSING' } });
  expect((await fetch(`${agent.url}/api/logs/talker?follow=perhaps`, { headers })).status).toBe(400);
});

it('leaves nothing open when readers go', async () => {
  await expect.poll(() => agent.nomad.streams()).toBe(0);
});
