import type { ClientMessage, ServerEventData, ServerEventType } from '@twin/pipecat-app/server/protocol.js';
import type { RawData, WebSocket } from 'ws';

type Waiter = { wanted: () => boolean; done: () => void };

/** The server's side of one page, moved by hand: what the page sent, and anything the wire can carry to it. */
export class ScriptedSession {
  readonly messages: ClientMessage[] = [];
  /** Microphone samples in the order they came. */
  readonly mic: number[] = [];
  readonly audible: boolean;
  readonly #socket: WebSocket;
  readonly #id: string;
  #waiters: Waiter[] = [];

  constructor(socket: WebSocket, id: string, audible: boolean) {
    this.#socket = socket;
    this.#id = id;
    this.audible = audible;
    socket.on('message', (data, binary) => this.#receive(data, binary));
  }

  send<T extends ServerEventType>(type: T, data: ServerEventData[T]): void {
    this.#socket.send(JSON.stringify({ type, ts: Date.now(), session: this.#id, data }));
  }

  /** `at`: index of the first sample within the turn. */
  audio(turn: number, at: number, samples: Int16Array): void {
    const message = Buffer.alloc(8 + samples.byteLength);
    message.writeUInt32LE(turn, 0);
    message.writeUInt32LE(at, 4);
    message.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), 8);
    this.#socket.send(message);
  }

  /** Resolves when `wanted` is true; asked again after each message. */
  until(wanted: () => boolean): Promise<void> {
    if (wanted()) return Promise.resolve();
    return new Promise((done) => this.#waiters.push({ wanted, done }));
  }

  /** The first message of this type that fits, now or later. */
  async message<T extends ClientMessage['type']>(
    type: T,
    fits: (message: Extract<ClientMessage, { type: T }>) => boolean = () => true,
  ): Promise<Extract<ClientMessage, { type: T }>> {
    const find = () =>
      this.messages.find((m): m is Extract<ClientMessage, { type: T }> => m.type === type && fits(m as never));
    await this.until(() => find() !== undefined);
    return find() as Extract<ClientMessage, { type: T }>;
  }

  /** The last reported position of a turn, in samples. */
  position(turn: number): number {
    const of = this.messages.filter((m) => m.type === 'played' && m.turn === turn);
    const last = of.at(-1);
    return last?.type === 'played' ? last.samples : 0;
  }

  /** Ends the session without a goodbye. */
  drop(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData, binary: boolean): void {
    if (binary) {
      const bytes = data as Buffer;
      for (let i = 0; i + 1 < bytes.length; i += 2) this.mic.push(bytes.readInt16LE(i));
    } else {
      this.messages.push(JSON.parse(String(data)) as ClientMessage);
    }
    const waiting = this.#waiters;
    this.#waiters = waiting.filter(({ wanted }) => !wanted());
    for (const waiter of waiting) if (!this.#waiters.includes(waiter)) waiter.done();
  }
}
