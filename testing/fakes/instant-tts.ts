import { TwinError } from '@twin/pipecat-app/errors.js';
import type { Tts, Voice } from '@twin/pipecat-app/mouth/tts.js';
import { msToSamples, SAMPLE_RATE } from '@twin/pipecat-app/voice/pcm.js';

/** At 160 words per minute a word lasts 375 ms. */
const MS_PER_WORD_AT_ONE = 60_000;
const TONE_HZ = 440;
const PEAK = 8000;
const CHUNK_SAMPLES = SAMPLE_RATE / 10;

/** A mouth that hums: a tone as long as the words would take at the voice's rate, there at once. */
export class InstantTts implements Tts {
  readonly name = 'instant';

  voices(): readonly string[] {
    return ['tone'];
  }

  async *speak(text: string, voice: Voice, signal: AbortSignal): AsyncGenerator<Int16Array> {
    signal.throwIfAborted();
    if (!(voice.rate > 0)) throw new TwinError('TWIN_TTS_UNAVAILABLE', 'The rate must be above 0.');
    const words = text.match(/\S+/g)?.length ?? 0;
    const length = msToSamples((words * MS_PER_WORD_AT_ONE) / voice.rate);
    for (let at = 0; at < length; at += CHUNK_SAMPLES) {
      signal.throwIfAborted();
      yield tone(at, Math.min(CHUNK_SAMPLES, length - at));
    }
  }

  health(): { ok: boolean; detail: string } {
    return { ok: true, detail: 'a tone' };
  }

  async close(): Promise<void> {}
}

function tone(at: number, length: number): Int16Array {
  return Int16Array.from({ length }, (_, i) =>
    Math.round(PEAK * Math.sin((2 * Math.PI * TONE_HZ * (at + i + 1)) / SAMPLE_RATE)),
  );
}
