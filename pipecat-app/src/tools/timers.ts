import type { Announcer } from './announcer.js';
import { sayDuration } from './say-duration.js';
import type { StoredTimer, TimerStore } from './timer-store.js';

/** Wall clock with one-shot timers, so that tests own the time. */
export type WallClock = {
  /** Ms since 1970. */
  now(): number;
  /** Calls `run` once, about `ms` from now; the result cancels it. */
  after(ms: number, run: () => void): () => void;
};

export const systemClock: WallClock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Node's timers cannot wait longer than 2^31 ms, and a suspended machine should notice soon. */
const LONGEST_WAIT_MS = 60_000;
/** A timer that ended longer ago than this is announced with how long ago. */
const LATE_MS = 15_000;

/**
 * Owner of all timers. A timer is a due time, never a count, so it does not drift; it is kept on disk until it has been
 * announced to someone, across sessions and restarts.
 */
export class Timers {
  #timers: StoredTimer[] = [];
  #nextId = 1;
  #disarm: () => void = () => {};
  #leave: () => void = () => {};
  #open = false;

  constructor(
    private readonly parts: {
      store: TimerStore;
      clock: WallClock;
      announcer: Announcer;
      onError?: (error: unknown) => void;
    },
  ) {}

  /** Loads what a former run left. A file that cannot be read goes to `onError`; then there are no timers. */
  start(): void {
    this.#open = true;
    try {
      this.#timers = this.parts.store.load();
    } catch (error) {
      this.parts.onError?.(error);
    }
    this.#nextId = 1 + this.#timers.reduce((most, timer) => Math.max(most, timer.id), 0);
    this.#leave = this.parts.announcer.onJoin(() => this.#run());
    this.#run();
  }

  close(): void {
    this.#open = false;
    this.#disarm();
    this.#leave();
  }

  now(): number {
    return this.parts.clock.now();
  }

  /** @throws TwinError `TWIN_TIMERS_FILE` when it cannot be kept; then it is not set. */
  set(timer: Omit<StoredTimer, 'id'>): StoredTimer {
    const added = { id: this.#nextId++, ...timer };
    this.#replace([...this.#timers, added]);
    return added;
  }

  /** Timers that have not been announced, the next one first. */
  list(): readonly StoredTimer[] {
    return [...this.#timers].sort((a, b) => a.due - b.due || a.id - b.id);
  }

  /** @throws TwinError `TWIN_TIMERS_FILE` */
  cancel(ids: ReadonlySet<number>): void {
    this.#replace(this.#timers.filter((timer) => !ids.has(timer.id)));
  }

  #replace(timers: StoredTimer[]): void {
    this.parts.store.save(timers);
    this.#timers = timers;
    this.#arm();
  }

  #arm(): void {
    this.#disarm();
    this.#disarm = () => {};
    const now = this.parts.clock.now();
    const waiting = this.list().find((timer) => timer.due > now);
    if (!this.#open || waiting === undefined) return;
    this.#disarm = this.parts.clock.after(Math.min(waiting.due - now, LONGEST_WAIT_MS), () => this.#run());
  }

  #run(): void {
    const now = this.parts.clock.now();
    const said = new Set<number>();
    for (const timer of this.list()) {
      if (timer.due <= now && this.parts.announcer.announce(timer.session, sayDue(timer, now))) said.add(timer.id);
    }
    this.#timers = this.#timers.filter((timer) => !said.has(timer.id));
    try {
      if (said.size > 0) this.parts.store.save(this.#timers);
    } catch (error) {
      this.parts.onError?.(error);
    }
    this.#arm();
  }
}

/** `pasta timer`, `5 minute timer`, `timer`. */
export function nameOf(timer: StoredTimer): string {
  if (timer.name !== '') return `${timer.name} timer`;
  if (timer.seconds === 0) return 'alarm';
  return `${sayDuration(timer.seconds).replace(/s\b/g, '')} timer`;
}

function sayDue(timer: StoredTimer, now: number): string {
  const late = now - timer.due;
  if (late >= LATE_MS) return `Your ${nameOf(timer)} ended ${sayDuration(late / 1000, 2)} ago.`;
  return `Your ${nameOf(timer)} is done.`;
}
