import type { Clock } from './clock.js';
import { Gaps } from './gaps.js';
import type { LlmStats } from './llm.js';
import { SlotPins } from './pins.js';
import type { Rhythm } from './watchdog.js';

const FIRST_REST_MS = 5000;
const LONGEST_REST_MS = 60_000;
/** How much the newest answer counts in the average speed. */
const NEWEST = 0.3;
/** Bytes of evaluated prompt that pins may hold on one server. */
const PIN_BUDGET_BYTES = 512 * 1024 * 1024;
/** As long as any answer of a server goes on, it works; one that waits for its turn is not lost. */
const WORKS_MS = 5000;
/** Keys and values of a token of an 8-billion model with grouped heads at 16 bits; smaller models take less. */
const BYTES_PER_TOKEN = 128 * 1024;

/** What this agent has seen of one server. */
export class LiveState {
  readonly rhythm: Rhythm = { tokens: new Gaps(), progress: new Gaps() };
  /** Requests of this agent that it works on. */
  queue = 0;
  tokensPerSecond: number | undefined;
  pins: SlotPins | undefined;
  /** Pinned slots that are answering. */
  readonly busySlots = new Set<number>();
  /** The server was asked how many slots it has. */
  slotsAsked = false;
  readonly #warm = new Map<string, number>();
  #heard = Number.NEGATIVE_INFINITY;
  #rest = FIRST_REST_MS;
  #resting = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /** It failed lately and is left alone for a while, twice as long each time. */
  get resting(): boolean {
    return this.clock.now() < this.#resting;
  }

  /** Any of its answers went on. */
  heard(): void {
    this.#heard = this.clock.now();
  }

  /** Whether any of its answers went on lately. */
  get works(): boolean {
    return this.clock.now() - this.#heard < WORKS_MS;
  }

  failed(): void {
    this.#resting = this.clock.now() + this.#rest;
    this.#rest = Math.min(this.#rest * 2, LONGEST_REST_MS);
    this.#warm.clear();
  }

  /** An answer has ended; `persona` is whose beginning its prompt had. */
  answered(persona: string, { tokensPerSecond, promptTokens, evaluatedTokens }: LlmStats): void {
    this.#rest = FIRST_REST_MS;
    this.#resting = Number.NEGATIVE_INFINITY;
    if (tokensPerSecond > 0) {
      const before = this.tokensPerSecond ?? tokensPerSecond;
      this.tokensPerSecond = before + NEWEST * (tokensPerSecond - before);
    }
    if (promptTokens === undefined || promptTokens <= 0) return;
    this.pins?.measured(persona, promptTokens);
    if (evaluatedTokens !== undefined) this.#warm.set(persona, Math.max(0, 1 - evaluatedTokens / promptTokens));
  }

  /** Share of the persona's last prompt that the server had kept, as it counted: 0 to 1. */
  warm(persona: string): number {
    return this.#warm.get(persona) ?? 0;
  }

  /** `before`: the pins of the expert's last server, which may have kept its slots over a sleep. */
  hasSlots(slots: number, before?: ReadonlyMap<string, number>): void {
    this.pins = new SlotPins({ slots, budgetBytes: PIN_BUDGET_BYTES, bytesPerToken: BYTES_PER_TOKEN }, before);
  }
}
