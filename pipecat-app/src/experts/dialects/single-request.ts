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
    signal.throwIfAborted();
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
    return new Promise((resolve, reject) => {
      const { host, pathname, search } = url;
      const length = body === '' ? [] : ['content-length', String(Buffer.byteLength(body))];
      const call = httpRequest({
        createConnection: () => socket,
        path: pathname + search,
        method,
        // As a list, which is written as it is.
        headers: ['host', host, 'connection', 'close', ...Object.entries(headers).flat(), ...length],
      });
      let response: IncomingMessage | undefined;
      const give = (error: Error): void => void (response ?? call).destroy(error);
      const abort = (): void => give(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      this.#watch(socket, give);
      call.on('error', reject);
      call.on('close', () => signal.removeEventListener('abort', abort));
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

  #watch(socket: Socket, give: (error: Error) => void): void {
    const { connectMs, stallMs } = this.#limits;
    const late = (): void => give(Object.assign(new Error('The server is silent.'), { code: 'SILENCE_TIMEOUT' }));
    if (socket.connecting) {
      socket.setTimeout(connectMs).on('timeout', late);
      socket.once('connect', () => socket.setTimeout(stallMs));
    } else if (stallMs > 0) socket.setTimeout(stallMs).on('timeout', late);
  }
}
