import type { ClientMessage, ServerEvent } from '../../../src/server/protocol.js';
import { backoffMs } from './backoff.js';
import { whoIsThis } from './sign-in.js';
import { type AudioChunk, readAudio, readEvent } from './wire.js';

export type LinkState =
  | { is: 'connecting' }
  | { is: 'open' }
  /** Lost or never there; the next try comes in `inMs`. */
  | { is: 'lost'; attempt: number; inMs: number }
  /** The server wants to know who this is. */
  | { is: 'signed-out' }
  /** This person may look, and talking is for others: there is no session, and none will come. */
  | { is: 'looking' };

export type LinkNews = {
  state(state: LinkState): void;
  event(event: ServerEvent): void;
  audio(chunk: AudioChunk): void;
};

/** The server's close code for "who are you", for servers that accept the socket before they ask. */
const CLOSE_SIGNED_OUT = 4401;

/** The page's one socket: one session while it lives; comes back by itself after a loss, as a new session. */
export class Link {
  readonly #news: LinkNews;
  readonly #address: () => string;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #greeted = false;

  /** `address` is asked anew for each session. */
  constructor(address: () => string, news: LinkNews) {
    this.#address = address;
    this.#news = news;
  }

  /** Starts a session now, ending the present one. */
  connect(): void {
    clearTimeout(this.#timer);
    this.#drop();
    this.#news.state({ is: 'connecting' });
    const socket = new WebSocket(this.#address());
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.#receive(data);
    socket.onclose = ({ code }) => void this.#lost(socket, code);
  }

  /** True when the message could be sent: there is a session. */
  send(message: ClientMessage): boolean {
    if (!this.#greeted) return false;
    this.#socket?.send(JSON.stringify(message));
    return true;
  }

  sendAudio(samples: Int16Array): void {
    if (this.#greeted) this.#socket?.send(samples as Int16Array<ArrayBuffer>);
  }

  /** Ends the session and stays away. */
  close(): void {
    clearTimeout(this.#timer);
    this.#drop();
  }

  #receive(data: string | ArrayBuffer): void {
    if (typeof data !== 'string') {
      const chunk = readAudio(data);
      if (chunk) this.#news.audio(chunk);
      return;
    }
    const event = readEvent(data);
    if (event?.type === 'hello') {
      this.#greeted = true;
      this.#attempt = 0;
      this.#news.state({ is: 'open' });
    }
    if (event) this.#news.event(event);
  }

  async #lost(socket: WebSocket, code: number): Promise<void> {
    if (socket !== this.#socket) return;
    this.#drop();
    // A refused handshake has no status in the browser, so the page asks another door.
    const who = code === CLOSE_SIGNED_OUT ? 'nobody' : await whoIsThis();
    if (this.#socket !== null) return;
    if (who === 'nobody' || who === 'viewer') {
      this.#news.state({ is: who === 'nobody' ? 'signed-out' : 'looking' });
      return;
    }
    this.#attempt++;
    const inMs = backoffMs(this.#attempt);
    this.#news.state({ is: 'lost', attempt: this.#attempt, inMs });
    this.#timer = setTimeout(() => this.connect(), inMs);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#greeted = false;
    if (!socket) return;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
  }
}
