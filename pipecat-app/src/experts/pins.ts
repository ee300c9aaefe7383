/** What a server can keep for personas. */
export type PinRoom = {
  /** Conversations that the server keeps evaluated. */
  slots: number;
  /** Most bytes of evaluated prompt that pins may hold, and what one token of it takes. */
  budgetBytes: number;
  bytesPerToken: number;
};

/** A newcomer takes the place of a persona that was asked for this much less often. */
const MARGIN = 4;

/**
 * Which persona has which slot of one server. One slot is always left to strangers, and the beginnings that are kept
 * stay within the budget. A persona keeps its slot: in a round of more personas than slots, the first ones stay
 * evaluated instead of all pushing each other out.
 */
export class SlotPins {
  readonly #uses = new Map<string, number>();
  readonly #slots: Map<string, number>;
  readonly #tokens = new Map<string, number>();

  /** `before`: who had which slot of a server that kept its slots over a sleep. */
  constructor(
    private readonly room: PinRoom,
    before: ReadonlyMap<string, number> = new Map(),
  ) {
    this.#slots = new Map([...before].filter(([, slot]) => slot < room.slots - 1));
  }

  /** The persona's own slot; undefined when the server is to choose one. */
  slotFor(persona: string): number | undefined {
    const uses = (this.#uses.get(persona) ?? 0) + 1;
    this.#uses.set(persona, uses);
    const own = this.#slots.get(persona);
    if (own !== undefined) return own;
    if (!this.#fits(persona)) return undefined;
    const taken = new Set(this.#slots.values());
    for (let slot = 0; slot < this.room.slots - 1; slot++) if (!taken.has(slot)) return this.#pin(persona, slot);
    const [least] = [...this.#slots.keys()].sort((a, b) => this.#usesOf(a) - this.#usesOf(b) || (a < b ? -1 : 1));
    const slot = least === undefined ? undefined : this.#slots.get(least);
    if (least === undefined || slot === undefined || uses - this.#usesOf(least) < MARGIN) return undefined;
    this.#slots.delete(least);
    return this.#pin(persona, slot);
  }

  /** Tokens of the persona's last prompt, as the server counted them. Over the budget it loses its slot. */
  measured(persona: string, promptTokens: number): void {
    this.#tokens.set(persona, promptTokens);
    if (this.#slots.has(persona) && this.heldBytes() > this.room.budgetBytes) this.#slots.delete(persona);
  }

  /** Bytes of evaluated prompt that the pinned personas hold. */
  heldBytes(): number {
    return [...this.#slots.keys()].reduce((sum, persona) => sum + this.#bytesOf(persona), 0);
  }

  pinned(): ReadonlyMap<string, number> {
    return this.#slots;
  }

  #fits(persona: string): boolean {
    return this.heldBytes() + this.#bytesOf(persona) <= this.room.budgetBytes;
  }

  #pin(persona: string, slot: number): number {
    this.#slots.set(persona, slot);
    return slot;
  }

  #usesOf = (persona: string): number => this.#uses.get(persona) ?? 0;
  #bytesOf = (persona: string): number => (this.#tokens.get(persona) ?? 0) * this.room.bytesPerToken;
}
