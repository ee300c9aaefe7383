import { TwinError } from '../errors.js';
import { toAgentRate } from './agent-rate.js';
import { eitherSignal } from './either-signal.js';
import { startProcess } from './espeak-process.js';
import { type EspeakVoices, readEspeakVoices } from './espeak-voices.js';
import type { Tts, Voice } from './tts.js';
import { wavSamples } from './wav-stream.js';

/** The voice that an empty `Voice.name` stands for. */
export const ESPEAK_DEFAULT_VOICE = 'en-us';
/** espeak-ng's `-a`: at its default of 100 the loudest voices peak at -2 dBFS; at 90 all stay between -6 and -3. */
const AMPLITUDE = 90;
/** How long espeak-ng may keep silent before it counts as dead, in ms. It needs about 10. */
const STALL_MS = 5000;

export type EspeakOptions = {
  /** Program to run, a name on the PATH or a path. */
  binary?: string;
  stallMs?: number;
};

/**
 * Speech by espeak-ng, one short process per clause. A process that dies in the middle is started once more and goes on
 * at the very sample where the first one ended: the same text always gives the same sound.
 */
export class Espeak implements Tts {
  readonly name = 'espeak';
  readonly #binary: string;
  readonly #stallMs: number;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #known: EspeakVoices = new Map();

  /** Asks espeak-ng for its voices, which takes some 20 ms. */
  constructor(options: EspeakOptions = {}) {
    this.#binary = options.binary ?? 'espeak-ng';
    this.#stallMs = options.stallMs ?? STALL_MS;
    this.#voiceFiles();
  }

  voices(): readonly string[] {
    return [...this.#voiceFiles().keys()];
  }

  /**
   * @throws TwinError `TWIN_VOICE_UNKNOWN` for a name that {@link voices} does not list, `TWIN_TTS_UNAVAILABLE` when espeak-ng
   * is not installed or died twice in this clause; AbortError.
   */
  async *speak(text: string, voice: Voice, signal: AbortSignal): AsyncGenerator<Int16Array> {
    signal.throwIfAborted();
    const clause = plain(text);
    if (clause === '') return;
    const args = this.#arguments(voice);
    let yielded = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        let skip = yielded;
        for await (const piece of this.#say(clause, args, signal)) {
          const fresh = piece.subarray(skip);
          skip -= piece.length - fresh.length;
          yielded += fresh.length;
          if (fresh.length > 0) yield fresh;
        }
        return;
      } catch (error) {
        if (attempt === 2 || !(error instanceof TwinError && error.retryable)) throw error;
      }
    }
  }

  health(): { ok: boolean; detail: string } {
    const count = this.#voiceFiles().size;
    if (count > 0) return { ok: true, detail: `espeak-ng with ${count} voices` };
    return { ok: false, detail: `\`${this.#binary}\` does not run: install the package espeak-ng.` };
  }

  /** Ends everything that is being spoken with an AbortError; no process of it is left afterwards. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }

  /** One attempt at a clause, from its first sample. */
  async *#say(clause: string, args: readonly string[], signal: AbortSignal): AsyncGenerator<Int16Array> {
    const { controller, release } = eitherSignal([signal, this.#closing.signal]);
    try {
      const { output, gone } = startProcess(this.#binary, args, clause, controller.signal, this.#stallMs);
      this.#running.add(gone);
      void gone.then(() => this.#running.delete(gone));
      yield* toAgentRate(wavSamples(output), clause);
    } finally {
      release();
    }
  }

  #arguments(voice: Voice): string[] {
    const voices = this.#voiceFiles();
    const file = voices.get(voice.name === '' ? ESPEAK_DEFAULT_VOICE : voice.name);
    // Without any list the program itself is missing, and starting it says so.
    if (file === undefined && voices.size > 0) {
      throw new TwinError('TWIN_VOICE_UNKNOWN', `There is no voice named "${voice.name}".`, {
        next: `Choose one of the ${voices.size} that the settings list, for example ${ESPEAK_DEFAULT_VOICE}.`,
      });
    }
    const rate = `${Math.round(Math.max(80, Math.min(400, voice.rate)))}`;
    return [
      '--stdin',
      '--stdout',
      '-z',
      '-b',
      '1',
      '-a',
      `${AMPLITUDE}`,
      '-s',
      rate,
      '-v',
      file ?? ESPEAK_DEFAULT_VOICE,
    ];
  }

  /** Asked again as long as there is none, so that installing espeak-ng helps without a restart. */
  #voiceFiles(): EspeakVoices {
    if (this.#known.size === 0) this.#known = readEspeakVoices(this.#binary);
    return this.#known;
  }
}

/**
 * What may reach espeak-ng: no control characters (0x01 begins its embedded commands) and no `[[`, which begins its
 * phoneme notation; what is left is words.
 */
function plain(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\[{2,}|\]{2,}/g, ' ')
    .trim();
}
