import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { envelope, Outbox } from './outbox.js';

const LIMITS = { slow: 64 * 1024, lost: 512 * 1024 };
const CHUNK = new Int16Array(8000);

let server: WebSocketServer;
let client: WebSocket;
let socket: WebSocket;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[WebSocket]>;
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as { port: number }).port}`);
  await once(client, 'open');
  [socket] = await connected;
});
afterEach(async () => {
  client.terminate();
  for (const each of server.clients) each.terminate();
  await new Promise((resolve) => server.close(resolve));
});

/** Stops reading, then lets the server send until bytes wait on its side. */
async function stall(outbox: Outbox): Promise<void> {
  client.pause();
  for (
    let offset = 0;
    socket.bufferedAmount <= LIMITS.slow && socket.readyState === WebSocket.OPEN;
    offset += CHUNK.length
  ) {
    outbox.audio(1, offset, CHUNK);
    await new Promise(setImmediate);
  }
}

it('leaves out replaceable events while a client is slow, never control events or sound', async () => {
  const outbox = new Outbox(socket, LIMITS);
  await stall(outbox);
  const waiting = socket.bufferedAmount;
  outbox.event(envelope('s', 'vad', { probability: 1 }));
  outbox.event(envelope('s', 'transcript.partial', { turn: 1, text: 'a' }));
  expect(socket.bufferedAmount).toBe(waiting);
  outbox.event(envelope('s', 'audio.flush', { turn: 1 }));
  expect(socket.bufferedAmount).toBeGreaterThan(waiting);

  const heard: { offset?: number; type?: string }[] = [];
  client.on('message', (data: Buffer, binary: boolean) => {
    heard.push(binary ? { offset: data.readUInt32LE(4) } : (JSON.parse(data.toString()) as { type: string }));
  });
  client.resume();
  await expect.poll(() => heard.at(-1)?.type).toBe('audio.flush');
  expect(heard.slice(0, -1).map(({ offset }) => offset)).toEqual(heard.slice(0, -1).map((_, i) => i * CHUNK.length));
});

it('closes a client that is lost with 1013, and holds no more for it meanwhile', async () => {
  const outbox = new Outbox(socket, LIMITS);
  const closed = once(client, 'close');
  client.pause();
  let most = 0;
  for (let offset = 0; socket.readyState === WebSocket.OPEN; offset += CHUNK.length) {
    outbox.audio(1, offset, CHUNK);
    most = Math.max(most, socket.bufferedAmount);
    await new Promise(setImmediate);
  }
  outbox.audio(1, 0, CHUNK);
  expect(Math.max(most, socket.bufferedAmount)).toBeLessThan(LIMITS.lost + 3 * CHUNK.byteLength);
  client.resume();
  expect((await closed)[0]).toBe(1013);
});
