import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { FormData, request } from 'undici';
import { isAbort, TwinError } from '../errors.js';
import { toWav } from '../voice/wav.js';
import { httpAgent } from './http-agent.js';
import type { Stt, TranscribeOptions, Transcript } from './stt.js';
import { withoutMarks } from './transcript-check.js';

export type OpenAiSttOptions = {
  /** Up to and with the version: `https://host/v1`. */
  baseUrl: string;
  /** Empty for servers that want none. */
  apiKey: string;
  model: string;
  /** How long one request may take, in ms. */
  timeoutMs?: number;
};

const TIMEOUT_MS = 20_000;
/** A final is tried this often; a partial only once, because a late partial is worth nothing. */
const ATTEMPTS = 3;
/** Answers that the same request may not get again. */
const RETRYABLE = new Set([408, 409, 425, 429, 500, 502, 503, 504]);

/** Any server with OpenAI's `POST /audio/transcriptions`. */
export class OpenAiStt implements Stt {
  readonly name = 'openai';
  readonly #options: Required<OpenAiSttOptions>;
  readonly #url: string;
  readonly #closing = new AbortController();
  readonly #retry = retry(
    handleWhen((error) => error instanceof TwinError && error.retryable),
    {
      maxAttempts: ATTEMPTS - 1,
      backoff: new ExponentialBackoff({ initialDelay: 200, maxDelay: 2_000 }),
    },
  );
  #health = { ok: true, detail: 'not asked yet' };

  constructor(options: OpenAiSttOptions) {
    this.#options = { timeoutMs: TIMEOUT_MS, ...options };
    this.#url = `${options.baseUrl.replace(/\/+$/, '')}/audio/transcriptions`;
  }

  /** Nothing is loaded here; a server that is down shows at the first request. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
  }

  async transcribe(samples: Int16Array, { kind, prompt }: TranscribeOptions, signal: AbortSignal): Promise<Transcript> {
    signal.throwIfAborted();
    const began = performance.now();
    if (samples.length === 0) return { text: '', ms: 0 };
    const wanted = AbortSignal.any([signal, this.#closing.signal]);
    const once = () => this.#ask(samples, prompt ?? '', wanted);
    try {
      const text = await (kind === 'final' ? this.#retry.execute(once, wanted) : once());
      this.#health = { ok: true, detail: 'answers' };
      return { text, ms: performance.now() - began };
    } catch (error) {
      signal.throwIfAborted();
      if (this.#closing.signal.aborted) throw this.#unavailable('was closed', false);
      if (error instanceof TwinError) this.#health = { ok: false, detail: error.message };
      throw error;
    }
  }

  health(): { ok: boolean; detail: string } {
    return this.#health;
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  async #ask(samples: Int16Array, prompt: string, signal: AbortSignal): Promise<string> {
    const { apiKey, model, timeoutMs } = this.#options;
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(toWav(samples))], { type: 'audio/wav' }), 'speech.wav');
    form.set('model', model);
    form.set('response_format', 'json');
    if (prompt !== '') form.set('prompt', prompt);
    try {
      const { statusCode, body } = await request(this.#url, {
        dispatcher: httpAgent,
        method: 'POST',
        body: form,
        headers: apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (statusCode !== 200) {
        await body.dump();
        throw this.#refused(statusCode);
      }
      const answer = (await body.json()) as { text?: unknown } | null;
      if (typeof answer?.text !== 'string') throw this.#wrong('sends something that is not a transcript');
      return withoutMarks(answer.text);
    } catch (error) {
      if (error instanceof TwinError || signal.aborted) throw error;
      if (error instanceof SyntaxError) throw this.#wrong('sends something that is not a transcript', error);
      const slow = isAbort(error) || (error instanceof Error && error.name === 'TimeoutError');
      throw this.#unavailable(slow ? `did not answer within ${timeoutMs / 1000} s` : 'cannot be reached', true, error);
    }
  }

  #refused(status: number): TwinError {
    if (status === 401 || status === 403) {
      return this.#wrong(`refuses the key (${status})`, undefined, 'Set STT_API_KEY to a key of this server.');
    }
    if (RETRYABLE.has(status)) return this.#unavailable(`answers with error ${status}`, true);
    return this.#wrong(`refuses the request (${status})`);
  }

  #unavailable(what: string, retryable: boolean, cause?: unknown): TwinError {
    return new TwinError('TWIN_STT_UNAVAILABLE', `The transcription server ${what}.`, {
      next: 'See that the server of STT_BASE_URL runs, or set STT_SERVICE=whispercpp.',
      retryable,
      cause,
    });
  }

  #wrong(what: string, cause?: unknown, next = 'Check STT_BASE_URL and STT_MODEL.'): TwinError {
    return new TwinError('TWIN_STT_UNAVAILABLE', `The transcription server ${what}.`, { next, cause });
  }
}
