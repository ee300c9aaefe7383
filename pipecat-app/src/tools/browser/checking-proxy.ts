import { lookup } from 'node:dns/promises';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, isIP, type Socket } from 'node:net';
import type { AddressPolicy } from './address-policy.js';

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** A connection that was not made, and why. */
export type Refusal = { host: string; port: number; why: 'private' | 'unknown' | 'unreachable' };

/** The header of an answer that the proxy gave by itself. */
export const REFUSED = 'x-twin-refused';

const CONNECT_MS = 10_000;
const HOP_BY_HOP = new Set([
  REFUSED,
  'proxy-connection',
  'proxy-authorization',
  'connection',
  'keep-alive',
  'te',
  'upgrade',
]);

const systemResolve: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * A forward proxy on loopback, the only way out of a browser. It resolves each name itself, once per connection, refuses
 * the name if any of its addresses is not allowed, and connects to the address that it checked: a redirect, a picture, a
 * WebSocket or a name that changes its address between two looks all come to the same check.
 */
export class CheckingProxy {
  readonly #allows: AddressPolicy;
  readonly #resolve: Resolve;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #refusals: Refusal[] = [];

  constructor(allows: AddressPolicy, resolve: Resolve = systemResolve) {
    this.#allows = allows;
    this.#resolve = resolve;
    this.#server = createServer((asked, answer) => void this.#forward(asked, answer));
    this.#server.on('connect', (asked: IncomingMessage, socket: Socket) => void this.#tunnel(asked, socket));
    this.#server.on('connection', (socket: Socket) => this.#keep(socket));
  }

  /** Its address, `http://127.0.0.1:PORT`. */
  async start(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What was refused since the last time this was asked. */
  takeRefusals(): Refusal[] {
    const taken = this.#refusals;
    this.#refusals = [];
    return taken;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.#sockets.delete(socket));
  }

  /** The address to connect to, or why there is none; the latter is noted. */
  async #checked(host: string, port: number): Promise<{ address: string } | { why: Refusal['why'] }> {
    const name = host.replace(/^\[|\]$/g, '');
    let addresses: readonly string[];
    try {
      addresses = isIP(name) === 0 ? await this.#resolve(name) : [name];
    } catch {
      addresses = [];
    }
    const [first] = addresses;
    if (first !== undefined && addresses.every((address) => this.#allows(address, port))) return { address: first };
    const why = first === undefined ? 'unknown' : 'private';
    this.#refused({ host: name, port, why });
    return { why };
  }

  #refused(refusal: Refusal): void {
    if (this.#refusals.length < 100) this.#refusals.push(refusal);
  }

  async #tunnel(asked: IncomingMessage, socket: Socket): Promise<void> {
    const target = URL.parse(`http://${asked.url}`);
    const port = Number(/:(\d+)$/.exec(asked.url ?? '')?.[1] ?? Number.NaN);
    const checked = target && port > 0 ? await this.#checked(target.hostname, port) : undefined;
    if (target === null || checked === undefined || 'why' in checked || socket.destroyed) {
      socket.end(`HTTP/1.1 403 Forbidden\r\n${REFUSED}: 1\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const out = connect({ host: checked.address, port, timeout: CONNECT_MS });
    this.#keep(out);
    out.once('connect', () => {
      out.setTimeout(0);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      out.pipe(socket).pipe(out);
    });
    out.once('timeout', () => out.destroy(new Error('timeout')));
    out.once('error', () => {
      this.#refused({ host: target.hostname, port, why: 'unreachable' });
      socket.destroy();
    });
    socket.once('close', () => out.destroy());
    out.once('close', () => socket.destroy());
  }

  async #forward(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const target = URL.parse(asked.url ?? '');
    const port = Number(target?.port || 80);
    const checked = target?.protocol === 'http:' ? await this.#checked(target.hostname, port) : undefined;
    if (target === null || checked === undefined || 'why' in checked) {
      const why = checked && 'why' in checked ? checked.why : 'unknown';
      answer.writeHead(403, { [REFUSED]: why, 'content-type': 'text/plain' }).end('This address is refused.');
      asked.resume();
      return;
    }
    const headers = { ...without(asked.headers), host: target.host };
    const { pathname, search } = target;
    const onward = request({
      host: checked.address,
      port,
      method: asked.method,
      path: `${pathname}${search}`,
      headers,
      agent: false,
    });
    onward.setTimeout(CONNECT_MS * 3, () => onward.destroy(new Error('timeout')));
    onward.on('socket', (socket) => this.#keep(socket));
    onward.once('response', (got) => {
      answer.writeHead(got.statusCode ?? 502, without(got.headers));
      got.pipe(answer);
      got.once('error', () => answer.destroy());
    });
    onward.once('error', () => {
      this.#refused({ host: target.hostname, port, why: 'unreachable' });
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502, { [REFUSED]: 'unreachable' }).end();
    });
    answer.once('close', () => onward.destroy());
    asked.pipe(onward);
  }
}

const without = (headers: IncomingMessage['headers']): IncomingMessage['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
