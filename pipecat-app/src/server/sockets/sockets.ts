import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Agent } from '../../agent.js';
import { TwinError, toPublicError } from '../../errors.js';
import type { Guard } from '../access/guard.js';
import { statusOf } from '../errors.js';
import { audioDoor } from './audio-door.js';
import { EventDoor } from './event-door.js';

const MAX_PAYLOAD_BYTES = 64 * 1024;
const MAX_SOCKETS = 256;
const HEARTBEAT_MS = 15_000;
/** How long a client may take to answer the closing handshake when the agent stops. */
const GOODBYE_MS = 1000;
/** Close code "going away" (RFC 6455). */
const GOING_AWAY = 1001;

export type Sockets = {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says goodbye to every client and waits until all sockets are gone. */
  close(): Promise<void>;
};

/** The WebSocket doors `/ws` and `/ws/audio`. A client that misses a ping for 15 s is dropped. */
export function createSockets(agent: Agent, guard: Guard): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD_BYTES, perMessageDeflate: false });
  const events = new EventDoor(agent);
  const silent = new WeakSet<WebSocket>();
  const heartbeat = setInterval(() => {
    for (const socket of server.clients) {
      if (silent.has(socket)) socket.terminate();
      silent.add(socket);
      if (socket.readyState === socket.OPEN) socket.ping();
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  const choose = (request: IncomingMessage): ((socket: WebSocket) => void) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent');
    guard.checkHost(request.headers);
    if (pathname !== '/ws' && pathname !== '/ws/audio') {
      throw new TwinError('TWIN_NOT_FOUND', 'There is no WebSocket here.', { next: 'Use /ws or /ws/audio.' });
    }
    if (server.clients.size >= MAX_SOCKETS)
      throw new TwinError('TWIN_BUSY', 'Too many clients.', { next: 'Try again later.' });
    const who = guard.admitSocket(request.headers, pathname === '/ws' ? 'viewer' : 'operator');
    if (pathname === '/ws') return (socket) => events.open(socket, who);
    return (socket) => audioDoor(agent, socket, who, searchParams.get('audible') !== '0');
  };

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      try {
        const open = choose(request);
        server.handleUpgrade(request, socket, head, (client) => {
          client.on('error', () => client.terminate());
          client.on('pong', () => silent.delete(client));
          open(client);
        });
      } catch (error) {
        refuse(socket, error);
      }
    },
    async close() {
      clearInterval(heartbeat);
      events.close();
      const gone = [...server.clients].map(
        (client) => new Promise<void>((resolve) => client.once('close', () => resolve())),
      );
      for (const client of server.clients) client.close(GOING_AWAY, 'the agent stops');
      const timer = setTimeout(() => {
        for (const client of server.clients) client.terminate();
      }, GOODBYE_MS);
      await Promise.all(gone);
      clearTimeout(timer);
    },
  };
}

function refuse(socket: Duplex, error: unknown): void {
  const status = statusOf(error);
  const body = JSON.stringify({ error: toPublicError(error) });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
