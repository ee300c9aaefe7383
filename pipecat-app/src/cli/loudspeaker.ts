import { msToSamples } from '../voice/pcm.js';

/** How far a turn has been played when the microphone's sample count was `mic`. */
export type Played = { turn: number; samples: number; mic: number };

type Queue = {
  turn: number;
  pieces: Int16Array[];
  received: number;
  played: number;
  end: number | undefined;
  held: boolean;
};

const REPORT_EVERY = msToSamples(100);

/**
 * A loudspeaker that keeps step with the microphone: for every microphone sample it plays one sample, of the lowest
 * turn that has audio, or silence. It obeys hold, resume, flush and end as the page's player does, and says how far it
 * is every 100 ms of a turn and at once when a turn holds, is flushed or ends.
 *
 * @example
 * const speaker = new Loudspeaker({ onPlayed: (p) => client.send({ type: 'played', ...p }), onSamples: out.write });
 * speaker.receive(1, 0, samples);
 * speaker.advance(320); // plays the first 20 ms
 */
export class Loudspeaker {
  readonly #onPlayed: (played: Played) => void;
  readonly #onSamples: (samples: Int16Array) => void;
  readonly #latency: number;
  #queues: Queue[] = [];
  #position = 0;
  #closedUpTo = -1;
  #gaps = 0;

  /** `latency`: samples that lie between this queue and the ear (a sound card's buffer); 0 for a virtual loudspeaker. */
  constructor(options: {
    onPlayed: (played: Played) => void;
    onSamples: (samples: Int16Array) => void;
    latency?: number;
  }) {
    this.#onPlayed = options.onPlayed;
    this.#onSamples = options.onSamples;
    this.#latency = options.latency ?? 0;
  }

  /** Samples played since the start, silence included; equals the microphone's sample count. */
  get position(): number {
    return this.#position;
  }

  /** True while audio waits to be played or a turn that has begun has not ended. */
  get busy(): boolean {
    return this.#queues.length > 0;
  }

  /** Chunks that did not follow the one before them; 0 on a healthy connection. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Queues a chunk; `offset` is the index of its first sample within the turn. Chunks of a flushed turn are dropped. */
  receive(turn: number, offset: number, samples: Int16Array): void {
    if (turn <= this.#closedUpTo) return;
    const queue = this.#queue(turn);
    if (offset !== queue.received) this.#gaps++;
    queue.pieces.push(samples);
    queue.received += samples.length;
  }

  hold(turn: number): void {
    if (turn <= this.#closedUpTo) return;
    const queue = this.#queue(turn);
    queue.held = true;
    this.#report(queue);
  }

  resume(turn: number): void {
    const queue = this.#queues.find((q) => q.turn === turn);
    if (queue) queue.held = false;
  }

  /** Drops everything of `turn` and of the turns before it, and says how much of `turn` was heard. */
  flush(turn: number): void {
    const last = this.#queues.find((q) => q.turn === turn);
    this.#queues = this.#queues.filter((q) => q.turn > turn);
    if (turn <= this.#closedUpTo) return;
    this.#closedUpTo = turn;
    const heard = Math.max(0, (last?.played ?? 0) - this.#latency);
    this.#onPlayed({ turn, samples: heard, mic: this.#position });
  }

  /** The audio of `turn` is complete at `samples`. */
  end(turn: number, samples: number): void {
    if (turn <= this.#closedUpTo) return;
    const queue = this.#queue(turn);
    queue.end = samples;
    this.#finish(queue);
  }

  /** Plays up to microphone sample `to`. */
  advance(to: number): void {
    while (this.#position < to) {
      const want = to - this.#position;
      const queue = this.#current();
      const piece = queue && !queue.held ? queue.pieces[0] : undefined;
      if (!queue || !piece) {
        this.#emit(new Int16Array(want));
        return;
      }
      const untilReport = REPORT_EVERY - (queue.played % REPORT_EVERY);
      const n = Math.min(want, piece.length, untilReport);
      this.#emit(piece.subarray(0, n));
      if (n === piece.length) queue.pieces.shift();
      else queue.pieces[0] = piece.subarray(n);
      queue.played += n;
      if (!this.#finish(queue) && n === untilReport) this.#report(queue);
    }
  }

  #queue(turn: number): Queue {
    const known = this.#queues.find((q) => q.turn === turn);
    if (known) return known;
    const queue: Queue = { turn, pieces: [], received: 0, played: 0, end: undefined, held: false };
    this.#queues.push(queue);
    this.#queues.sort((a, b) => a.turn - b.turn);
    return queue;
  }

  /** The lowest turn that is held or has audio; a turn that merely waits for more does not block the next one. */
  #current(): Queue | undefined {
    return this.#queues.find((q) => q.held || q.pieces.length > 0);
  }

  #emit(samples: Int16Array): void {
    this.#position += samples.length;
    this.#onSamples(samples);
  }

  #report(queue: Queue): void {
    this.#onPlayed({ turn: queue.turn, samples: queue.played, mic: this.#position + this.#latency });
  }

  #finish(queue: Queue): boolean {
    if (queue.end === undefined || queue.played < queue.end) return false;
    this.#queues = this.#queues.filter((q) => q !== queue);
    this.#closedUpTo = Math.max(this.#closedUpTo, queue.turn);
    this.#report(queue);
    return true;
  }
}
