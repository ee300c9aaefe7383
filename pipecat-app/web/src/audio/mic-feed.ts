/** Frames kept while there is no session yet: 3 s, the newest. */
const MAX_HELD = 150;

export type FeedOut = { audio(samples: Int16Array): void; open(open: boolean): void };

/** Carries microphone frames into the session of the moment and knows the session's count of them. */
export class MicFeed {
  readonly #out: FeedOut;
  #session = false;
  #open = false;
  #held: { at: number; samples: Int16Array }[] = [];
  /** Capture-clock index of the session's first sample. */
  #base: number | null = null;

  constructor(out: FeedOut) {
    this.#out = out;
  }

  /** A session begins or is gone. Frames of an open microphone wait for the next one. */
  session(there: boolean): void {
    if (there === this.#session) return;
    this.#session = there;
    this.#base = null;
    if (!there) return;
    if (this.#open) this.#out.open(true);
    for (const { at, samples } of this.#held) this.frame(at, samples);
    this.#held = [];
  }

  /** The microphone is heard from now on, or no longer. */
  gate(open: boolean): void {
    if (open === this.#open) return;
    this.#open = open;
    if (!open) this.#held = [];
    if (this.#session) this.#out.open(open);
  }

  /** `at`: capture-clock index of the frame's first sample. */
  frame(at: number, samples: Int16Array): void {
    if (!this.#session) {
      this.#held = [...this.#held, { at, samples }].slice(-MAX_HELD);
      return;
    }
    this.#base ??= at;
    this.#out.audio(samples);
  }

  /**
   * The session's own count of microphone samples at capture-clock index `captured`; 0 before the first and while the
   * microphone is closed, when the capture clock stands still.
   */
  sampleOf(captured: number): number {
    return this.#base === null || !this.#open ? 0 : Math.max(0, captured - this.#base);
  }
}
