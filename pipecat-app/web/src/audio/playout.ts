/** 5 ms at the wire rate: long enough to hide the click, short enough not to be heard as a tail. */
export const FADE_SAMPLES = 80;
/** Position reports come this often while something plays: 100 ms. */
const REPORT_SAMPLES = 1600;

/** `samples` of turn `turn` have been played. */
export type Played = { turn: number; samples: number; why: 'start' | 'tick' | 'hold' | 'flush' | 'end' };

type Chunk = { at: number; samples: Int16Array };
type Queue = { turn: number; chunks: Chunk[]; position: number; end: number | null; fadeIn: number };

/**
 * What is to be played, turn after turn, at the wire rate. Pulled by the loudspeaker; holds, resumes and drops at the
 * sample. A hold or a flush lets the next 5 ms fade out; they do not count as played, and a resume plays them again.
 */
export class Playout {
  #queues: Queue[] = [];
  #held = new Set<number>();
  #flushed = -1;
  #done: { turn: number; samples: number } | null = null;
  #tail = new Float32Array(0);
  #sinceReport = 0;
  #moved = false;
  #reports: Played[] = [];

  /** `at`: index of the first sample within the turn. Audio of a flushed turn is ignored. */
  push(turn: number, at: number, samples: Int16Array): void {
    if (turn <= this.#flushed || samples.length === 0) return;
    this.#queue(turn).chunks.push({ at, samples });
  }

  end(turn: number, samples: number): void {
    if (turn > this.#flushed) this.#queue(turn).end = samples;
  }

  hold(turn: number): void {
    if (turn <= this.#flushed || this.#held.has(turn)) return;
    this.#held.add(turn);
    const queue = this.#queues.find((q) => q.turn === turn);
    if (queue && queue === this.#queues[0]) this.#fadeOut(queue);
    if (queue) this.#report(queue, 'hold');
  }

  resume(turn: number): void {
    if (!this.#held.delete(turn)) return;
    const queue = this.#queues.find((q) => q.turn === turn);
    if (queue && queue.position > 0) queue.fadeIn = FADE_SAMPLES;
  }

  /** Drops this turn and every turn before it. */
  flush(turn: number): void {
    const [playing] = this.#queues;
    if (playing && playing.turn <= turn && !this.#held.has(playing.turn)) this.#fadeOut(playing);
    const dropped = this.#queues.filter((q) => q.turn <= turn);
    for (const queue of dropped) this.#report(queue, 'flush');
    if (!dropped.some((q) => q.turn === turn)) {
      const samples = this.#done?.turn === turn ? this.#done.samples : 0;
      this.#reports.push({ turn, samples, why: 'flush' });
    }
    this.#queues = this.#queues.filter((q) => q.turn > turn);
    for (const held of this.#held) if (held <= turn) this.#held.delete(held);
    this.#flushed = Math.max(this.#flushed, turn);
  }

  /** Drops everything and forgets the turns: a new session counts from the start. */
  reset(): void {
    const [playing] = this.#queues;
    if (playing && !this.#held.has(playing.turn)) this.#fadeOut(playing);
    this.#queues = [];
    this.#held.clear();
    this.#flushed = -1;
    this.#done = null;
    this.#reports = [];
  }

  /** Fills `out` (-1 to 1) with the next samples, silence where there are none, and says what was reached. */
  pull(out: Float32Array): Played[] {
    out.fill(0);
    out.set(this.#tail.subarray(0, out.length));
    this.#tail = this.#tail.slice(out.length);
    let filled = 0;
    for (let queue = this.#queues[0]; queue && filled <= out.length; queue = this.#queues[0]) {
      if (this.#held.has(queue.turn)) break;
      const before = queue.position;
      filled = this.#read(queue, out, filled);
      if (before === 0 && queue.position > 0) this.#report(queue, 'start');
      this.#moved ||= queue.position > before;
      if (queue.end === null || queue.position < queue.end) break;
      this.#report(queue, 'end');
      this.#done = { turn: queue.turn, samples: queue.position };
      this.#queues.shift();
    }
    this.#sinceReport += out.length;
    const [playing] = this.#queues;
    if (playing && this.#moved && this.#sinceReport >= REPORT_SAMPLES) this.#report(playing, 'tick');
    const reports = this.#reports;
    this.#reports = [];
    return reports;
  }

  #read(queue: Queue, out: Float32Array, from: number): number {
    let i = from;
    while (i < out.length) {
      const chunk = queue.chunks[0];
      if (!chunk) break;
      const index = queue.position - chunk.at;
      if (index >= chunk.samples.length) {
        queue.chunks.shift();
        continue;
      }
      const gain = queue.fadeIn > 0 ? 1 - queue.fadeIn-- / FADE_SAMPLES : 1;
      out[i] = (out[i] as number) + (index < 0 ? 0 : ((chunk.samples[index] as number) / 32768) * gain);
      i++;
      queue.position++;
    }
    while (queue.chunks[0] && queue.position >= queue.chunks[0].at + queue.chunks[0].samples.length)
      queue.chunks.shift();
    return i;
  }

  #fadeOut(queue: Queue): void {
    if (queue.position === 0) return;
    const tail = new Float32Array(FADE_SAMPLES);
    const ahead: Queue = { ...queue, chunks: [...queue.chunks], fadeIn: 0 };
    const length = this.#read(ahead, tail, 0);
    this.#tail = tail.subarray(0, length).map((s, i) => s * (1 - (i + 1) / (length + 1)));
  }

  #report(queue: Queue, why: Played['why']): void {
    this.#reports.push({ turn: queue.turn, samples: queue.position, why });
    this.#sinceReport = 0;
    this.#moved = false;
  }

  #queue(turn: number): Queue {
    const found = this.#queues.find((q) => q.turn === turn);
    if (found) return found;
    const made: Queue = { turn, chunks: [], position: 0, end: null, fadeIn: 0 };
    this.#queues.push(made);
    this.#queues.sort((a, b) => a.turn - b.turn);
    return made;
  }
}
