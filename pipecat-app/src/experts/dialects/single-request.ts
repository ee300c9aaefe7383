import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { connectTo, SpareConnections } from './spare-connections.js';

export type Asked = { method: 'GET' | 'POST'; headers: Record<string, string>; body: string };
type Limits = { connectMs: number; stallMs: number };

/** Codes with which a connection says that the server had ended it before. */
const ENDED = new Set(['ECONNRESET', 'EPIPE']);

/** Requests over http, each on a connection that ends with it: the spare one to that server, or a new one. */
export class SingleRequests {
  readonly #spares = new SpareConnections();
  readonly #limits: Limits;

  /** @param limits longest wait for a connection, and longest silence (0: any), in ms */
  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** The head of the answer, with its body to be read. @throws Error of the socket; AbortError. */
  async send(url: URL, asked: Asked, signal: AbortSignal): Promise<IncomingMessage> {
    const spare = this.#spares.take(url);
    if (spare !== undefined) {
      try {
        return await this.#on(spare, url, asked, signal);
      } catch (error) {
        // It was ended while it was spare, so that the question has not been heard.
        if (signal.aborted || !ENDED.has((error as { code?: string }).code ?? '')) throw error;
      }
    }
    return await this.#on(connectTo(url), url, asked, signal);
  }

  close(): void {
    this.#spares.close();
  }

  #on(socket: Socket, url: URL, { method, headers, body }: Asked, signal: AbortSignal): Promise<IncomingMessage> {
    const { connectMs, stallMs } = this.#limits;
    return new Promise((resolve, reject) => {
      const call = httpRequest({
        createConnection: () => socket,
        host: url.hostname,
        port: url.port,
        path: url.pathname + url.search,
        method,
        headers: { ...headers, host: url.host, ...(body !== '' && { 'content-length': Buffer.byteLength(body) }) },
        signal,
      });
      let response: IncomingMessage | undefined;
      const late = (): void => {
        (response ?? call).destroy(Object.assign(new Error('The server is silent.'), { code: 'SILENCE_TIMEOUT' }));
      };
      if (socket.connecting) {
        socket.setTimeout(connectMs).on('timeout', late);
        socket.once('connect', () => socket.setTimeout(stallMs));
      } else if (stallMs > 0) socket.setTimeout(stallMs).on('timeout', late);
      call.on('error', reject);
      call.on('response', (its) => {
        response = its;
        its.once('close', () => {
          if (its.statusCode === 200 && !signal.aborted && !its.errored) this.#spares.prepare(url);
        });
        resolve(its);
      });
      call.end(body);
    });
  }
}
