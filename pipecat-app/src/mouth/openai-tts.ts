import { isAbort, TwinError } from '../errors.js';
import { fromBytes } from '../voice/pcm.js';
import { toAgentRate } from './agent-rate.js';
import { eitherSignal } from './either-signal.js';
import { stallWatch } from './stall-watch.js';
import type { Tts, Voice } from './tts.js';
import { type RatedSamples, wavSamples } from './wav-stream.js';

/** Rate of `response_format: pcm` in the OpenAI API: 24 kHz mono s16le. */
const PCM_RATE = 24_000;
/** Words per minute that `speed: 1` stands for; the API takes speeds from 0.25 to 4. */
const USUAL_RATE = 170;
/** How long the server may keep its caller waiting, for the first byte and between two pieces, in ms. */
const STALL_MS = 10_000;
/** Voices of the OpenAI API; other servers mostly accept these names too. */
const VOICES = ['alloy', 'ash', 'ballad', 'coral', 'echo', 'fable', 'nova', 'onyx', 'sage', 'shimmer', 'verse'];

export type OpenAiTtsOptions = {
  /** Up to and with the version: `https://host/v1`. */
  baseUrl: string;
  /** Empty for servers that want none. */
  apiKey: string;
  model: string;
  /** Voice for an empty `Voice.name`; empty means the first of the API's own. */
  voice: string;
  stallMs?: number;
};

/** Speech by any server with OpenAI's `POST /audio/speech`, streamed as raw samples; a server that sends WAV is understood. */
export class OpenAiTts implements Tts {
  readonly name = 'openai';
  readonly #options: OpenAiTtsOptions;
  readonly #url: string;
  readonly #voices: readonly string[];
  readonly #closing = new AbortController();
  #health = { ok: true, detail: 'not asked yet' };

  constructor(options: OpenAiTtsOptions) {
    this.#options = options;
    this.#url = `${options.baseUrl.replace(/\/+$/, '')}/audio/speech`;
    this.#voices = [...new Set([options.voice, ...VOICES])].filter((name) => name !== '');
  }

  voices(): readonly string[] {
    return this.#voices;
  }

  /**
   * @throws TwinError `TWIN_VOICE_UNKNOWN`, `TWIN_TTS_FORMAT` for sound of another kind, `TWIN_TTS_UNAVAILABLE` when the server
   * cannot be reached, refuses or stalls; AbortError.
   */
  async *speak(text: string, voice: Voice, signal: AbortSignal): AsyncGenerator<Int16Array> {
    signal.throwIfAborted();
    if (text.trim() === '') return;
    const name = voice.name === '' ? this.#voices[0] : voice.name;
    if (name === undefined || !this.#voices.includes(name)) {
      throw new TwinError('TWIN_VOICE_UNKNOWN', `There is no voice named "${voice.name}".`, {
        next: `Choose one of ${this.#voices.join(', ')}, or name your server's voice in TTS_VOICE.`,
      });
    }
    const { controller, release } = eitherSignal([signal, this.#closing.signal]);
    const stalled = (): void =>
      controller.abort(this.#unavailable(`sent nothing for ${(this.#options.stallMs ?? STALL_MS) / 1000} s`));
    try {
      const body = stallWatch(
        this.#request(text, name, voice.rate, controller.signal),
        this.#options.stallMs ?? STALL_MS,
        stalled,
      );
      yield* toAgentRate(ratedSamples(body), text);
      // The sound may have been there whole before the caller aborted.
      controller.signal.throwIfAborted();
      this.#health = { ok: true, detail: 'answers' };
    } catch (error) {
      // An abort, ours on a stall or the caller's, comes out as its reason.
      const cause: unknown = controller.signal.aborted ? controller.signal.reason : error;
      if (cause instanceof TwinError) this.#health = { ok: false, detail: cause.message };
      throw cause;
    } finally {
      release();
      controller.abort();
    }
  }

  health(): { ok: boolean; detail: string } {
    return this.#health;
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  async *#request(input: string, voice: string, rate: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { apiKey, model } = this.#options;
    const speed = Math.max(0.25, Math.min(4, rate / USUAL_RATE));
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        signal,
        // A redirect would carry the key to another host.
        redirect: 'error',
        headers: {
          'content-type': 'application/json',
          ...(apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify({ model, voice, input, response_format: 'pcm', speed }),
      });
      if (!response.ok || !response.body) throw this.#refused(response);
      if (/json|html|mpeg|ogg|opus|flac|aac/.test(response.headers.get('content-type') ?? ''))
        throw wrongFormat(response);
      yield* response.body as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (error instanceof TwinError || isAbort(error)) throw error;
      throw this.#unavailable('cannot be reached or broke off', error);
    }
  }

  #refused(response: Response): TwinError {
    void response.body?.cancel().catch(() => {});
    const { status } = response;
    if (status === 401 || status === 403)
      return this.#wrong(`refuses the key (${status})`, 'Set TTS_API_KEY to a key of this server.');
    if (status === 429 || status >= 500) return this.#unavailable(`answers with error ${status}`);
    return this.#wrong(`refuses the request (${status})`, 'Check TTS_BASE_URL, TTS_MODEL and TTS_VOICE.');
  }

  #unavailable(what: string, cause?: unknown): TwinError {
    return new TwinError('TWIN_TTS_UNAVAILABLE', `The speech server ${what}.`, {
      next: 'See that the server of TTS_BASE_URL runs, or set TTS_SERVICE=espeak.',
      retryable: true,
      cause,
    });
  }

  #wrong(what: string, next: string): TwinError {
    return new TwinError('TWIN_TTS_UNAVAILABLE', `The speech server ${what}.`, { next });
  }
}

/** Raw samples, unless the first four bytes say that a WAV follows. */
async function* ratedSamples(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RatedSamples> {
  const iterator = bytes[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 4) {
    const next = await iterator.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  const all = prepend(head, { [Symbol.asyncIterator]: () => iterator });
  if (head.toString('latin1', 0, 4) === 'RIFF') yield* wavSamples(all);
  else yield* rawSamples(all);
}

async function* prepend(head: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}

/** A sample may be cut in two between pieces. */
async function* rawSamples(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RatedSamples> {
  let odd = Buffer.alloc(0);
  for await (const piece of bytes) {
    const all = Buffer.concat([odd, piece]);
    odd = all.subarray(all.length - (all.length % 2));
    yield { rate: PCM_RATE, samples: fromBytes(all) };
  }
}

function wrongFormat(response: Response): TwinError {
  void response.body?.cancel().catch(() => {});
  const type = response.headers.get('content-type')?.slice(0, 60);
  return new TwinError('TWIN_TTS_FORMAT', `The speech server sends ${type}, which is neither raw samples nor WAV.`, {
    next: 'Use a speech server that honours `response_format: pcm`.',
  });
}
