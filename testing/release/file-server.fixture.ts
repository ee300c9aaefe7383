import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a client asked for: the first byte, and how many bytes it was sent. */
export type Asked = { path: string; from: number; sent: number };

/** Serves files out of memory, as the depot does: whole, or from a byte on. */
export class FileServer {
  readonly asked: Asked[] = [];
  /** The answer stops in its middle after so many bytes, with the connection left open; undefined sends all. */
  holdAfter: number | undefined;
  readonly #files = new Map<string, Buffer>();
  readonly #server: Server;
  #held: () => void = () => undefined;

  constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      const file = this.#files.get(path);
      if (!file) {
        response.writeHead(404).end();
        return;
      }
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const rest = file.subarray(from, this.holdAfter === undefined ? undefined : from + this.holdAfter);
      this.asked.push({ path, from, sent: rest.length });
      const range = { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` };
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': file.length - from, ...(from > 0 && range) });
      if (this.holdAfter === undefined) response.end(rest);
      else response.write(rest, () => this.#held());
    });
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  put(path: string, data: Buffer): void {
    this.#files.set(path, data);
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** Resolves when an answer was held. */
  held(): Promise<void> {
    return new Promise((resolve) => {
      this.#held = resolve;
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
