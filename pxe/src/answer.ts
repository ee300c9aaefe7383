import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { Certificate } from './certificate.js';
import { PxeError } from './errors.js';
import type { Images } from './images.js';

/** A text, or a file of the images. */
export type Answer = { text: string; type?: string } | { file: NonNullable<Awaited<ReturnType<Images['open']>>> };

/** Answers of one service; throws PxeError for everything it refuses. */
export type Route = (request: IncomingMessage, url: URL) => Promise<Answer>;

export const notFound = (): PxeError =>
  new PxeError('TWIN_PXE_NOT_FOUND', 'There is nothing at this address.', {
    next: 'Machines start at /boot.ipxe.',
    status: 404,
  });

/**
 * A server that survives whatever it is sent: head, time and connections are bounded, and a failure of one answer ends that one.
 * @param failed is told of what is not a PxeError
 * @param certificate makes it one over TLS
 */
export function serve(route: Route, failed: (error: unknown) => void, certificate?: Certificate): Server {
  const bounds = { maxHeaderSize: 8192, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 };
  const listener: RequestListener = (request, response) => {
    answer(route, request, response).catch((error: unknown) => {
      // A machine that went away in the middle of a file is no failure of ours.
      if (!response.destroyed && !request.destroyed) failed(error);
      response.destroy();
    });
  };
  const server = certificate
    ? createTlsServer({ ...bounds, ...certificate, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 }, listener)
    : createServer(bounds, listener);
  server.maxConnections = 128;
  return server;
}

async function answer(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const found = await route(request, address(request));
    if ('text' in found) {
      response.writeHead(200, {
        'content-type': found.type ?? 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
      });
      response.end(found.text);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': found.file.bytes });
    if (request.method === 'HEAD') response.end();
    else await pipeline(found.file.read(), response);
  } catch (error) {
    if (!(error instanceof PxeError) || response.headersSent) throw error;
    const { code, message, next, status } = error;
    // What was not read of the request must not be taken for the next one.
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(`${JSON.stringify({ code, message, next })}\n`);
  }
}

function address(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '', 'http://service');
  } catch {
    throw notFound();
  }
}

export async function listen(server: Server, where: { host: string; port: number } | { path: string }): Promise<void> {
  server.listen(where);
  await once(server, 'listening');
}

export async function closeServer(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  if (server.listening) await once(server, 'close');
}
