import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type Seen = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: unknown;
};
export type Handler = (seen: Seen, response: ServerResponse) => void | Promise<void>;

export type Loopback = {
  address: string;
  /** Every request so far. */
  seen: Seen[];
  /** Connections that are open now. */
  open(): number;
  /** Breaks every connection, in the middle of whatever it carries. */
  breakAll(): void;
  close(): Promise<void>;
};

/** A real HTTP server on loopback that answers as `handler` does; on a UNIX socket when `socketPath` is given. */
export async function serve(handler: Handler, socketPath?: string): Promise<Loopback> {
  const sockets = new Set<Socket>();
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void read(request).then(async (body) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const path = decodeURIComponent(url.pathname);
      const one = { method: request.method ?? '', path, query: url.searchParams, headers: request.headers, body };
      seen.push(one);
      await handler(one, response);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  if (socketPath === undefined) server.listen(0, '127.0.0.1');
  else server.listen(socketPath);
  await once(server, 'listening');
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: socketPath === undefined ? `http://127.0.0.1:${(server.address() as AddressInfo).port}` : '',
    seen,
    open: () => sockets.size,
    breakAll,
    close: async () => {
      server.close();
      breakAll();
      await once(server, 'close');
    },
  };
}

export function json(
  response: ServerResponse,
  value: unknown,
  headers: Record<string, string | number> = {},
  status = 200,
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

export function words(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(text);
}

/** JSON where it is some, text else. */
async function read(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
