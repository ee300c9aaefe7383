import type { WebSocket } from 'ws';

/** What a client may send: a burst, then so many a second. Twice real time in 10 ms frames stays under it. */
const MESSAGES = { burst: 1000, perSecond: 250 };
const BYTES = { burst: 1024 * 1024, perSecond: 160_000 };

/** A bucket that refills with time. */
export class Bucket {
  #level: number;
  #at: number;
  constructor(
    private readonly rate: { burst: number; perSecond: number },
    private readonly now: () => number = performance.now.bind(performance),
  ) {
    this.#level = rate.burst;
    this.#at = now();
  }

  /** Takes `amount` and returns the ms to wait before the next one. */
  take(amount: number): number {
    const now = this.now();
    this.#level = Math.min(this.rate.burst, this.#level + ((now - this.#at) * this.rate.perSecond) / 1000) - amount;
    this.#at = now;
    return this.#level >= 0 ? 0 : (-this.#level * 1000) / this.rate.perSecond;
  }
}

/**
 * Slows a client that floods: its socket is not read until its bucket has refilled, so that TCP holds it back and
 * nothing is lost. Returns what to call for each message.
 */
export function throttle(socket: Pick<WebSocket, 'pause' | 'resume' | 'once'>): (bytes: number) => void {
  const messages = new Bucket(MESSAGES);
  const bytes = new Bucket(BYTES);
  let timer: NodeJS.Timeout | undefined;
  socket.once('close', () => clearTimeout(timer));
  return (size) => {
    const wait = Math.max(messages.take(1), bytes.take(size));
    if (wait === 0 || timer) return;
    socket.pause();
    timer = setTimeout(() => {
      timer = undefined;
      socket.resume();
    }, wait);
  };
}
