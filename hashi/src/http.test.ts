import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Http } from './http.js';
import { type Handler, json, type Loopback, serve, words } from './loopback.fixture.js';
import { Nomad } from './nomad.js';

let handler: Handler;
let server: Loopback;
let nomad: Nomad;

beforeEach(async () => {
  handler = (_, response) => json(response, []);
  server = await serve((seen, response) => handler(seen, response));
  nomad = new Nomad({ address: server.address });
});
afterEach(async () => {
  await nomad.close();
  await expect.poll(server.open).toBe(0);
  await server.close();
});

test('each request carries the token of now, the namespace and the region; a call may name others', async () => {
  let token: string | undefined;
  const own = new Nomad({ address: server.address, token: () => token, namespace: 'ai-agents', region: 'eu' });
  await own.jobs.list();
  token = 'secret';
  await own.jobs.list({ namespace: '*', filter: 'Status == "running"' });
  const [first, second] = server.seen;
  expect(first?.headers).not.toHaveProperty('x-nomad-token');
  expect(Object.fromEntries(first!.query)).toEqual({ namespace: 'ai-agents', region: 'eu' });
  expect(second?.headers).toMatchObject({ 'x-nomad-token': 'secret' });
  expect(Object.fromEntries(second!.query)).toEqual({ namespace: '*', region: 'eu', filter: 'Status == "running"' });
  await own.close();
});

test('an address may have a path, or no scheme, or be a UNIX socket', async () => {
  const host = server.address.replace('http://', '');
  for (const address of [`${server.address}/nomad/`, host]) {
    const own = new Nomad({ address });
    await own.jobs.list();
    await own.close();
  }
  expect(server.seen.map(({ path }) => path)).toEqual(['/nomad/v1/jobs', '/v1/jobs']);
  const folder = mkdtempSync(join(tmpdir(), 'http-test-'));
  const socketPath = join(folder, 'api.sock');
  const unix = await serve((_, response) => json(response, []), socketPath);
  for (const options of [{ socketPath }, { address: `unix://${socketPath}` }]) {
    const own = new Nomad(options);
    expect(await own.jobs.list()).toEqual([]);
    await own.close();
  }
  expect(unix.seen).toHaveLength(2);
  await unix.close();
  rmSync(folder, { recursive: true });
});

test('ids and paths with any characters arrive as they are', async () => {
  handler = (seen, response) => json(response, seen.path.includes('/var/') ? variable('a b/c?d#ä%') : { ID: 'x' });
  await nomad.jobs.read('a/dispatch-1?x#y%20ä');
  await nomad.variables.read('a b/c?d#ä%');
  expect(server.seen.map(({ path }) => path)).toEqual(['/v1/job/a/dispatch-1?x#y%20ä', '/v1/var/a b/c?d#ä%']);
});

test('a server that does not answer in time is late', async () => {
  handler = () => undefined;
  await expect(nomad.jobs.list({ timeoutMs: 20 })).rejects.toMatchObject({
    code: 'TWIN_NOMAD_TIMEOUT',
    endpoint: 'GET /v1/jobs',
    retryable: true,
  });
});

test('an answer that never ends is late too', async () => {
  handler = (_, response) => {
    response.writeHead(200);
    response.write('[');
  };
  await expect(nomad.jobs.list({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'TWIN_NOMAD_TIMEOUT' });
});

test('a stream that falls silent is late, one that goes on is not', async () => {
  handler = (_, response) => {
    response.writeHead(200);
    response.write('one');
  };
  const http = new Http({ server: 'NOMAD', address: server.address, headers: () => ({}) });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const chunk of http.stream({ path: '/v1/event/stream' }, 50)) seen.push(Buffer.from(chunk).toString());
  })();
  await expect(reading).rejects.toMatchObject({ code: 'TWIN_NOMAD_TIMEOUT', endpoint: 'GET /v1/event/stream' });
  expect(seen).toEqual(['one']);
  await http.close();
});

test('nobody there, and a connection that breaks in the middle, can be tried again', async () => {
  const nobody = new Nomad({ address: 'http://127.0.0.1:1' });
  await expect(nobody.jobs.list()).rejects.toMatchObject({
    code: 'TWIN_NOMAD_UNREACHABLE',
    message: 'Nomad cannot be reached at http://127.0.0.1:1.',
    next: expect.stringContaining('NOMAD_ADDR'),
    retryable: true,
  });
  await nobody.close();
  handler = (_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('[', () => server.breakAll());
  };
  await expect(nomad.jobs.list()).rejects.toMatchObject({ code: 'TWIN_NOMAD_UNREACHABLE', retryable: true });
});

test('an answer over the limit is not read to its end', async () => {
  handler = (_, response) => {
    const more = (): void => {
      if (response.destroyed) return;
      response.write('x'.repeat(64 * 1024), more);
    };
    response.writeHead(200);
    more();
  };
  const own = new Nomad({ address: server.address, maxBytes: 100_000 });
  await expect(own.jobs.list()).rejects.toMatchObject({ code: 'TWIN_NOMAD_TOO_LARGE', retryable: false });
  await own.close();
});

test('a long page of an error is cut', async () => {
  handler = (_, response) => words(response, 502, 'bad gateway '.repeat(10_000));
  await expect(nomad.jobs.list()).rejects.toMatchObject({ status: 502, retryable: true });
});

test('what is no JSON, or not what the API promises, says so', async () => {
  handler = (_, response) => words(response, 200, '<html>');
  await expect(nomad.jobs.list()).rejects.toMatchObject({ code: 'TWIN_NOMAD_ANSWER', retryable: false });
  handler = (_, response) => json(response, [{ Name: 'no id' }]);
  await expect(nomad.jobs.list()).rejects.toMatchObject({ code: 'TWIN_NOMAD_ANSWER' });
});

test('an abort comes out as its reason and closes the connection', async () => {
  const stop = new AbortController();
  const closed = new Promise<void>((resolve) => {
    handler = (_, response) => {
      response.once('close', resolve);
      stop.abort(new Error('enough'));
    };
  });
  await expect(nomad.jobs.list({ signal: stop.signal })).rejects.toThrow('enough');
  await expect(nomad.jobs.list({ signal: stop.signal })).rejects.toThrow('enough');
  await closed;
  expect(server.seen).toHaveLength(1);
});

test('close() ends what runs and refuses what comes', async () => {
  const own = new Nomad({ address: server.address });
  let arrived: (() => void) | undefined;
  const there = new Promise<void>((resolve) => (arrived = resolve));
  handler = () => arrived?.();
  const asked = own.jobs.list();
  const expected = expect(asked).rejects.toMatchObject({ code: 'TWIN_NOMAD_CLOSED' });
  await there;
  await own.close();
  await expected;
  await expect(own.jobs.list()).rejects.toMatchObject({ code: 'TWIN_NOMAD_CLOSED', retryable: false });
});

const variable = (Path: string): object => ({
  Namespace: 'default',
  Path,
  CreateIndex: 1,
  ModifyIndex: 1,
  Items: null,
});
