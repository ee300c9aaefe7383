import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { noAbort } from '../real-model.fixture.js';
import { SingleRequests } from './single-request.js';

let server: Server;
let url: URL;
let requests: SingleRequests;
/** Connections that the server has seen, oldest first, and which of them brought each question. */
let sockets: Socket[];
let used: number[];
/** Which of them the server ends when it has heard a question. */
let breaks: number;

beforeEach(async () => {
  sockets = [];
  used = [];
  breaks = -1;
  requests = new SingleRequests({ connectMs: 5000, stallMs: 0 });
  server = createServer((request, response) => {
    used.push(sockets.indexOf(request.socket));
    if (used.at(-1) === breaks) request.socket.destroy();
    else response.end(request.headers.connection);
  });
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
});
afterEach(() => {
  requests.close();
  server.closeAllConnections();
  server.close();
});

async function ask(signal = noAbort()): Promise<string> {
  return text(await requests.send(url, { method: 'POST', headers: {}, body: '{}' }, signal));
}

test('the next question goes over a connection that was made after the last answer', async () => {
  expect(await ask()).toBe('close');
  await expect.poll(() => sockets.length).toBe(2);
  await ask();
  expect(used).toEqual([0, 1]);
});

test('questions at once have a connection each', async () => {
  await Promise.all([ask(), ask(), ask()]);
  expect(new Set(used).size).toBe(3);
});

test('a spare connection that the server has ended loses no question', async () => {
  await ask();
  await expect.poll(() => sockets.length).toBe(2);
  sockets[1]?.resetAndDestroy();
  expect(await ask()).toBe('close');
  expect(used).toHaveLength(2);
});

test('a spare connection that the server ends with the question in it is made up for by a new one', async () => {
  await ask();
  await expect.poll(() => sockets.length).toBe(2);
  breaks = 1;
  expect(await ask()).toBe('close');
  expect(used).toEqual([0, 1, 2]);
});

test('a new connection that breaks is an error', async () => {
  server.prependListener('connection', (socket) => socket.destroy());
  await expect(ask()).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(used).toEqual([]);
});

test('nothing is made ready after a question that was given up', async () => {
  const stop = new AbortController();
  server.removeAllListeners('request').on('request', (_, response) => response.writeHead(200).write('x'));
  const answer = await requests.send(url, { method: 'POST', headers: {}, body: '{}' }, stop.signal);
  const closed = new Promise((resolve) => answer.on('error', () => undefined).once('close', resolve));
  stop.abort();
  await closed;
  await once(sockets[0] as Socket, 'close');
  expect(sockets).toHaveLength(1);
});

test('close ends what is spare', async () => {
  await ask();
  await expect.poll(() => sockets.length).toBe(2);
  requests.close();
  await once(sockets[1] as Socket, 'close');
});
