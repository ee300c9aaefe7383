import { setTimeout as delay } from 'node:timers/promises';
import { firstAudible, lastAudible } from '@twin/pipecat-app/cli/stereo-recording.js';
import type { Stt, TranscribeOptions, Transcript } from '@twin/pipecat-app/ears/stt.js';
import { msToSamples, SAMPLE_RATE } from '@twin/pipecat-app/voice/pcm.js';

export type SttScript = {
  /** What is heard, one after the other and from the start again; a function decides by the length, in s. */
  texts: readonly string[] | ((seconds: number) => string);
  /** Time that every transcription takes. */
  delayMs?: number;
};

/** Below this peak there is no voice. */
const VOICE_PEAK = 1000;
/** Part of the peak from which a sample is of the voice and not of the room. */
const LOUD = 0.3;
/** Words have at least this between their first and last loud sample, clicks and coughs less. */
const SHORTEST_WORD = msToSamples(160);

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
    const peak = samples.reduce((most, s) => Math.max(most, Math.abs(s)), 0);
    const length = lastAudible(samples, peak * LOUD) - firstAudible(samples, peak * LOUD);
    if (peak < VOICE_PEAK || length < SHORTEST_WORD) return '';
    const { texts } = this.#script;
    if (typeof texts === 'function') return texts(length / SAMPLE_RATE);
    const text = texts[this.#finals % texts.length] ?? '';
    if (kind === 'final') this.#finals++;
    return text;
  }

  health(): { ok: boolean; detail: string } {
    return { ok: true, detail: 'scripted' };
  }

  async close(): Promise<void> {}
}
