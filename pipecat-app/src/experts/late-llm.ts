import { TwinError } from '../errors.js';
import type { Llm, LlmHealth, LlmPiece, LlmRequest, LlmStats, Message } from './llm.js';

/** A language model that is chosen when it starts, because its file may arrive while the agent runs. */
export class LateLlm implements Llm {
  readonly #choose: (signal: AbortSignal) => Promise<Llm>;
  #llm: Llm | undefined;
  #problem: TwinError | undefined;

  constructor(choose: (signal: AbortSignal) => Promise<Llm>) {
    this.#choose = choose;
  }

  /** Empty before one was chosen. */
  get model(): string {
    return this.#llm?.model ?? '';
  }

  get seam(): 'exact' | 'loose' {
    return this.#llm?.seam ?? 'loose';
  }

  /** May be called again after a failure. */
  async start(signal: AbortSignal): Promise<void> {
    try {
      this.#llm ??= await this.#choose(signal);
      this.#problem = undefined;
    } catch (error) {
      if (error instanceof TwinError) this.#problem = error;
      throw error;
    }
    await this.#llm.start(signal);
  }

  prepare(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    return this.#chosen().prepare(messages, signal);
  }

  async *stream(request: LlmRequest, signal: AbortSignal): AsyncGenerator<LlmPiece, void> {
    yield* this.#chosen().stream(request, signal);
  }

  lastAnswer(): LlmStats | undefined {
    return this.#llm?.lastAnswer();
  }

  health(): LlmHealth {
    if (this.#llm) return this.#llm.health();
    if (!this.#problem) return { ok: false, detail: 'It is starting.' };
    return { ok: false, detail: `${this.#problem.message} ${this.#problem.next}` };
  }

  async close(): Promise<void> {
    await this.#llm?.close();
  }

  #chosen(): Llm {
    if (this.#llm) return this.#llm;
    const missing = this.#problem !== undefined;
    throw new TwinError(missing ? 'TWIN_MODEL_MISSING' : 'TWIN_LLM_UNAVAILABLE', 'There is no language model yet.', {
      next: missing ? 'Run `twin models pull --defaults`.' : 'Try again in a moment.',
      retryable: !missing,
    });
  }
}
