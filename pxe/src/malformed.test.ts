import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from './control.js';
import { type Bench, MAC, openBench } from './service.fixture.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const EACH = { numRuns: 100 };

/** Sends bytes as they are and waits for the end of the connection. */
async function raw(bytes: Uint8Array | string): Promise<string> {
  const socket = connect(Number(new URL(bench.url('/')).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  socket.end(bytes);
  await closed;
  return answer;
}

/** The machine after all of that still boots. */
async function stillServes(): Promise<void> {
  await ask(bench.socket, 'POST', '/orders', { order: 'allow', mac: MAC, name: 'worker1', disk: 'auto', wipe: false });
  expect(await bench.token()).toMatch(/^[0-9a-f]{32}$/);
  expect(bench.failures).toEqual([]);
}

test('100 connections with anything but HTTP', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2000 }), async (bytes) => {
      expect(await raw(bytes)).toMatch(/^(HTTP\/1\.1 4\d\d .*)?/);
    }),
    EACH,
  );
  await stillServes();
});

test('100 requests for anything: refused with a reason, never a failure of the service', async () => {
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'BREW');
  const place = fc.constantFrom(
    '/boot?mac=',
    '/files/',
    '/files/../',
    '/install/',
    '/install/%00/config',
    '/register',
    '//',
    '',
  );
  await fc.assert(
    fc.asyncProperty(method, place, fc.webPath(), fc.string({ maxLength: 200 }), async (verb, start, rest, body) => {
      const bytes = Buffer.byteLength(body);
      const answer = await raw(
        `${verb} ${start}${rest} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${bytes}\r\n\r\n${body}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(answer).not.toContain('secret');
    }),
    EACH,
  );
  await stillServes();
});

test('100 bodies that are too large or not what they should be', async () => {
  const { token } = { token: await allowedToken() };
  await bench.get(`/install/${token}/config`);
  const place = fc.constantFrom(`/install/${'0'.repeat(32)}/log`, `/install/${token}/log`);
  const body = fc.oneof(fc.string({ maxLength: 500 }), fc.constant('x'.repeat(100_000)), fc.string({ unit: 'binary' }));
  await fc.assert(
    fc.asyncProperty(place, body, async (path, text) => {
      // What is too large is not read to its end, and the client may see no more than that.
      const gone = (error: unknown): { status: number } => {
        if (text.length > 8192) return { status: 413 };
        throw error;
      };
      const { status } = await bench.post(path, text).catch(gone);
      const isLog = path.includes(token);
      expect(isLog && text.length < 2000 ? [200] : [400, 403, 413]).toContain(status);
    }),
    EACH,
  );
  await stillServes();
});

test('100 registrations of anything, over TLS', async () => {
  const config = await bench.get(`/install/${await allowedToken()}/config`);
  const cert = Buffer.from(/^register_cert=(.*)$/m.exec(config.text)?.[1] ?? '', 'base64').toString();
  const body = fc.oneof(fc.string({ maxLength: 500 }), fc.constant('x'.repeat(20_000)), fc.string({ unit: 'binary' }));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('/register', '/ready', '/'), body, async (path, text) => {
      const { status } = await bench.secure(path, text, cert).catch(() => ({ status: text.length > 8192 ? 413 : 0 }));
      expect([400, 403, 404, 413]).toContain(status);
    }),
    EACH,
  );
  await stillServes();
});

test('paths out of the folder and files that are not listed are not there', async () => {
  for (const path of ['/files/../secret', '/files/%2e%2e%2fsecret', '/files/SHA256SUMS', '/files/', '/files/none']) {
    expect(await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 404 /);
  }
});

test('many strangers are not all written down', async () => {
  for (let i = 0; i < 300; i += 1) {
    await bench.get(
      `/boot?mac=52:54:01:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
    );
  }
  const machines = (await ask(bench.socket, 'GET', '/machines')) as { phase: string }[];
  expect(machines.filter(({ phase }) => phase === 'unknown')).toHaveLength(256);
});

async function allowedToken(): Promise<string> {
  await ask(bench.socket, 'POST', '/orders', { order: 'allow', mac: MAC, name: 'worker1', disk: 'auto', wipe: false });
  return bench.token();
}
