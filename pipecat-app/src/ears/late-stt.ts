import { TwinError } from '../errors.js';
import type { Stt, TranscribeOptions, Transcript } from './stt.js';

/** An ear that is chosen when it starts, because its model or its program may arrive while the agent runs. */
export class LateStt implements Stt {
  readonly name: string;
  readonly #choose: (signal: AbortSignal) => Promise<Stt>;
  #stt: Stt | undefined;

  constructor(name: string, choose: (signal: AbortSignal) => Promise<Stt>) {
    this.name = name;
    this.#choose = choose;
  }

  /** May be called again after a failure; what failed is closed. */
  async start(signal: AbortSignal): Promise<void> {
    const chosen = await this.#choose(signal);
    try {
      await chosen.start(signal);
      this.#stt = chosen;
    } catch (error) {
      await chosen.close();
      throw error;
    }
  }

  transcribe(samples: Int16Array, options: TranscribeOptions, signal: AbortSignal): Promise<Transcript> {
    if (this.#stt) return this.#stt.transcribe(samples, options, signal);
    return Promise.reject(
      new TwinError('TWIN_STT_UNAVAILABLE', 'The ear is not ready yet.', {
        next: 'Try again in a moment.',
        retryable: true,
      }),
    );
  }

  health(): { ok: boolean; detail: string } {
    return this.#stt?.health() ?? { ok: false, detail: 'The ear has not started.' };
  }

  async close(): Promise<void> {
    await this.#stt?.close();
  }
}
