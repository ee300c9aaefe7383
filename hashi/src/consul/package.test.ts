import { afterEach, beforeEach, expect, test } from 'vitest';
import { Consul } from '../consul.js';
import { type Handler, json, type Loopback, serve, words } from '../loopback.fixture.js';

let handler: Handler;
let server: Loopback;
let consul: Consul;

beforeEach(async () => {
  server = await serve((seen, response) => handler(seen, response));
  consul = new Consul({ address: server.address, token: () => 'secret', datacenter: 'dc2' });
});
afterEach(async () => {
  await consul.close();
  await server.close();
});

test('each call carries the token of now and the datacenter, and so does a watch', async () => {
  handler = (_, response) => json(response, [], { 'x-consul-index': 1 });
  await consul.kv.list('a/');
  for await (const _ of consul.kv.watch('a', new AbortController().signal)) break;
  expect(server.seen).toHaveLength(2);
  for (const { headers, query } of server.seen) {
    expect(headers['x-consul-token']).toBe('secret');
    expect(query.get('dc')).toBe('dc2');
  }
});

test('an abort comes out as its reason and closes the connection', async () => {
  const stop = new AbortController();
  handler = () => stop.abort(new Error('enough'));
  await expect(consul.kv.get('a', { signal: stop.signal })).rejects.toThrow('enough');
  await expect(consul.kv.get('a', { signal: stop.signal })).rejects.toThrow('enough');
  expect(server.seen).toHaveLength(1);
  await expect.poll(server.open).toBe(0);
});

test('refusals and unreachable servers say what to do', async () => {
  handler = (_, response) => words(response, 403, `Permission denied: ${'x'.repeat(100)}`);
  await expect(consul.kv.put('a', 'b')).rejects.toMatchObject({
    code: 'TWIN_CONSUL_REFUSED',
    status: 403,
    endpoint: 'PUT /v1/kv/a',
    message: expect.stringContaining('Permission denied: xxx'),
    next: expect.stringContaining('CONSUL_HTTP_TOKEN'),
  });
  const nobody = new Consul({ address: '127.0.0.1:1' });
  await expect(nobody.sessions.create()).rejects.toMatchObject({ code: 'TWIN_CONSUL_UNREACHABLE', retryable: true });
  await nobody.close();
});

test('an answer that is none of Consul says so', async () => {
  handler = (_, response) => json(response, [{ Key: 'a' }]);
  await expect(consul.kv.get('a')).rejects.toMatchObject({ code: 'TWIN_CONSUL_ANSWER', retryable: false });
});

test('close() ends a call that runs and refuses the next', async () => {
  const own = new Consul({ address: server.address });
  let arrived: (() => void) | undefined;
  const there = new Promise<void>((resolve) => (arrived = resolve));
  handler = () => arrived?.();
  const expected = expect(own.kv.get('a')).rejects.toMatchObject({ code: 'TWIN_CONSUL_CLOSED' });
  await there;
  await own.close();
  await expected;
  await expect(own.kv.get('a')).rejects.toMatchObject({ code: 'TWIN_CONSUL_CLOSED' });
});
