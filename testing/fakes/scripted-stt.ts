import { setTimeout as delay } from 'node:timers/promises';
import type { Stt, TranscribeOptions, Transcript } from '@twin/pipecat-app/ears/stt.js';

export type SttScript = {
  /** What is heard, one after the other and from the start again; a function decides from the audio. */
  texts: readonly string[] | ((samples: Int16Array) => string);
  /** Time that every transcription takes. */
  delayMs?: number;
};

/** Samples below this peak hold no words, as real ears find too. */
const SPEECH_PEAK = 1000;

/** An ear that hears a script after a fixed delay, in parallel for every session. Silence is heard as silence. */
export class ScriptedStt implements Stt {
  readonly name = 'scripted';
  readonly #script: SttScript;
  readonly #delayMs: number;
  #finals = 0;

  constructor(script: SttScript) {
    this.#script = script;
    this.#delayMs = script.delayMs ?? 50;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
  }

  async transcribe(samples: Int16Array, { kind }: TranscribeOptions, signal: AbortSignal): Promise<Transcript> {
    await delay(this.#delayMs, undefined, { signal });
    return { text: this.#text(samples, kind), ms: this.#delayMs };
  }

  #text(samples: Int16Array, kind: TranscribeOptions['kind']): string {
    if (!samples.some((s) => Math.abs(s) >= SPEECH_PEAK)) return '';
    const { texts } = this.#script;
    if (typeof texts === 'function') return texts(samples);
    const text = texts[this.#finals % texts.length] ?? '';
    if (kind === 'final') this.#finals++;
    return text;
  }

  health(): { ok: boolean; detail: string } {
    return { ok: true, detail: 'scripted' };
  }

  async close(): Promise<void> {}
}
