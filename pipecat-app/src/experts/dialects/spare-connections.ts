import { connect, type Socket } from 'node:net';

/** How long one is held: less than the 5 s after which llama.cpp's server ends what nobody uses. */
const HELD_MS = 3000;
const ENDS = ['timeout', 'error', 'end', 'close'] as const;

/** A server, as its URL names it. */
type Server = Pick<URL, 'hostname' | 'port'>;
type Spare = { socket: Socket; drop: () => void };

/**
 * One open connection to each server that answered lately. Servers of language models end a connection with its stream,
 * and making a new one takes longer than anything else between a question and its server; so the next one is made while
 * nobody waits for it.
 */
export class SpareConnections {
  readonly #spare = new Map<string, Spare>();
  #closed = false;

  /** The spare connection to `server`, for the caller alone. The server may have ended it without the news having come yet. */
  take(server: Server): Socket | undefined {
    const spare = this.#spare.get(addressOf(server));
    if (spare === undefined) return undefined;
    this.#spare.delete(addressOf(server));
    const { socket, drop } = spare;
    for (const event of ENDS) socket.off(event, drop);
    return socket.setTimeout(0).ref();
  }

  /** Makes one for the next question to `server`, unless there is one. */
  prepare(server: Server): void {
    const address = addressOf(server);
    if (this.#closed || this.#spare.has(address)) return;
    const socket = connectTo(server).unref();
    const drop = (): void => {
      this.#spare.delete(address);
      socket.destroy();
    };
    this.#spare.set(address, { socket, drop });
    socket.setTimeout(HELD_MS);
    for (const event of ENDS) socket.once(event, drop);
  }

  close(): void {
    this.#closed = true;
    for (const { drop } of [...this.#spare.values()]) drop();
  }
}

/** A new connection; a number in brackets is an IPv6 address. */
export const connectTo = ({ hostname, port }: Server): Socket =>
  connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), noDelay: true });

const addressOf = ({ hostname, port }: Server): string => `${hostname}:${port}`;
