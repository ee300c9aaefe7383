import { Espeak } from '@twin/pipecat-app/mouth/espeak.js';
import type { Voice } from '@twin/pipecat-app/mouth/tts.js';
import { InstantTts } from '../fakes/instant-tts.js';

/**
 * Where each word of a spoken clause ends, in samples from its start: the length of the clause cut off after that word,
 * spoken by the same voice. A cut clause ends a little slower than the same words inside a sentence, so the true ends
 * lie up to `LATE` earlier.
 */
export class WordEnds {
  readonly #mouth = new Espeak();
  readonly #hum = new InstantTts();
  readonly #known = new Map<string, Promise<number>>();

  /** @param length samples of the whole clause as it was played */
  async of(text: string, length: number, voice: Voice): Promise<number[]> {
    const words = text.match(/\S+/g) ?? [];
    const ends = await Promise.all(words.map((_, i) => this.#length(words.slice(0, i + 1).join(' '), voice)));
    const whole = ends.at(-1) ?? 1;
    return ends.map((end) => (end * length) / whole);
  }

  close(): Promise<void> {
    return this.#mouth.close();
  }

  #length(text: string, voice: Voice): Promise<number> {
    const key = `${voice.name} ${voice.rate} ${text}`;
    let length = this.#known.get(key);
    if (!length) {
      length = this.#measure(text, voice);
      this.#known.set(key, length);
    }
    return length;
  }

  async #measure(text: string, voice: Voice): Promise<number> {
    let samples = 0;
    const mouth = this.#hum.voices().includes(voice.name) ? this.#hum : this.#mouth;
    for await (const piece of mouth.speak(text, voice, new AbortController().signal)) samples += piece.length;
    return samples;
  }
}
