import type { WebSocket } from 'ws';
import { toBytes } from '../../voice/pcm.js';
import { AUDIO_HEADER_BYTES, type ServerEventData, type ServerEventType } from '../protocol.js';

/** Above this many unsent bytes a client is slow: events that the next one replaces are left out. */
const SLOW_BYTES = 256 * 1024;
/** Above this a client is lost (more than two minutes of sound): it is told to come back later. */
const LOST_BYTES = 4 * 1024 * 1024;
/** Close code "try again later" (RFC 6455 registry). */
const TRY_AGAIN_LATER = 1013;

const REPLACEABLE: ReadonlySet<ServerEventType> = new Set(['vad', 'transcript.partial']);

export type Envelope = { type: ServerEventType; json: string };

/** The text of an event in its envelope; make it once for many receivers. */
export function envelope<T extends ServerEventType>(session: string, type: T, data: ServerEventData[T]): Envelope {
  return { type, json: JSON.stringify({ type, ts: Date.now(), session, data }) };
}

/**
 * What goes to one client, in order, with bounded memory. Control events and sound are never left out of a connection
 * that lives: a client that cannot take them is closed with 1013.
 */
export class Outbox {
  readonly #socket: Pick<WebSocket, 'bufferedAmount' | 'readyState' | 'OPEN' | 'send' | 'close'>;
  readonly #limits: { slow: number; lost: number };
  #lost = false;

  constructor(socket: WebSocket, limits = { slow: SLOW_BYTES, lost: LOST_BYTES }) {
    this.#socket = socket;
    this.#limits = limits;
  }

  event({ type, json }: Envelope): void {
    if (this.#socket.bufferedAmount > this.#limits.slow && REPLACEABLE.has(type)) return;
    if (this.#takes()) this.#socket.send(json);
  }

  audio(turn: number, offset: number, samples: Int16Array): void {
    if (!this.#takes()) return;
    const chunk = Buffer.allocUnsafe(AUDIO_HEADER_BYTES + samples.byteLength);
    chunk.writeUInt32LE(turn, 0);
    chunk.writeUInt32LE(offset, 4);
    chunk.set(toBytes(samples), AUDIO_HEADER_BYTES);
    this.#socket.send(chunk);
  }

  #takes(): boolean {
    if (this.#lost || this.#socket.readyState !== this.#socket.OPEN) return false;
    if (this.#socket.bufferedAmount <= this.#limits.lost) return true;
    this.#lost = true;
    this.#socket.close(TRY_AGAIN_LATER, 'too slow');
    return false;
  }
}
