import { FormData, request } from 'undici';
import { TwinError } from '../errors.js';
import { SAMPLE_RATE } from '../voice/pcm.js';
import { toWav } from '../voice/wav.js';
import { audioContext, FULL_CONTEXT, SHORT_CONTEXT } from './audio-context.js';
import { httpAgent } from './http-agent.js';
import { SingleEngine } from './single-engine.js';
import type { Stt, TranscribeOptions, Transcript } from './stt.js';
import { type Answer, isSuspect, repeated, transcriptOf, withoutLoop } from './transcript-check.js';
import { unavailable, type WhisperFiles, WhisperServer } from './whisper-server.js';

/** An answer that takes longer than this never comes: 30 s of audio on a Core 2 take under 20 s. */
const ANSWER_MS = 60_000;
/** Whisper wants at least 1 s of audio. */
const LEAST_SAMPLES = 1.1 * SAMPLE_RATE;

/** Ways through a grammar that are followed at once; docs/decisions/second-hearing.md. */
const BEAMS = 6;

type Question = { wav: Buffer; context: number; mostTokens: number; prompt?: string; grammar?: string };

/** Whisper on this machine: a resident `whisper-server` child, one request at a time. */
export class WhisperCpp implements Stt {
  readonly name = 'whispercpp';
  readonly #server: WhisperServer;
  readonly #engine = new SingleEngine();

  /** @param answerMs after so long without an answer the engine is taken for dead and replaced */
  constructor(
    files: WhisperFiles,
    private readonly answerMs = ANSWER_MS,
  ) {
    this.#server = new WhisperServer(files);
  }

  get pid(): number | undefined {
    return this.#server.pid;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.transcribe(new Int16Array(LEAST_SAMPLES), { kind: 'final' }, signal);
  }

  transcribe(samples: Int16Array, options: TranscribeOptions, signal: AbortSignal): Promise<Transcript> {
    return this.#engine.run(options.kind, signal, async (cancelled) => {
      const began = performance.now();
      const heard = await this.#hear(samples, options, cancelled);
      return { ...heard, ms: performance.now() - began };
    });
  }

  health(): { ok: boolean; detail: string } {
    return this.#server.health();
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async #hear(samples: Int16Array, options: TranscribeOptions, signal: AbortSignal): Promise<Omit<Transcript, 'ms'>> {
    if (samples.length === 0) return { text: '' };
    const wav = toWav(padded(samples));
    const seconds = samples.length / SAMPLE_RATE;
    let heard: Omit<Transcript, 'ms'> = { text: '' };
    for (const context of new Set([audioContext(samples.length), FULL_CONTEXT])) {
      const answer = await this.#ask({ wav, context, mostTokens: mostTokens(seconds), ...options }, signal);
      heard = transcriptOf(answer);
      if (!isSuspect(heard.text, seconds)) return heard;
      const loop = repeated(heard.text);
      if (loop) return { text: loop.phrase, looped: true };
    }
    return { ...heard, text: withoutLoop(heard.text) };
  }

  /** Asks once more when the server died under the first request. */
  async #ask(question: Question, signal: AbortSignal): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      const url = await unlessAborted(this.#server.address(), signal);
      try {
        return await post(url, question, this.answerMs, signal);
      } catch (error) {
        if (signal.aborted || error instanceof TwinError) throw error;
        await this.#server.replace();
        if ((error as Error).name === 'TimeoutError')
          throw unavailable('the engine did not answer in time', true, error);
        if (attempt > 0) throw unavailable('the engine died twice under the same request', true, error);
      }
    }
  }
}

async function post(url: string, question: Question, answerMs: number, signal: AbortSignal): Promise<Answer> {
  const { wav, context, mostTokens, prompt, grammar } = question;
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(wav)], { type: 'audio/wav' }), 'a.wav');
  form.set('response_format', 'verbose_json');
  form.set('audio_ctx', String(context));
  // whisper-server 1.9.1 takes `-nf` and ignores it; this is what stops up to five decodes at rising temperatures.
  form.set('temperature_inc', '0');
  form.set('max_tokens', String(mostTokens));
  if (prompt) form.set('prompt', prompt);
  if (grammar) {
    form.set('grammar', grammar);
    form.set('beam_size', String(BEAMS));
  }
  // Timestamps are no part of a grammar. Short speech is one segment: without them it is heard a fifth faster.
  if (grammar || context === SHORT_CONTEXT) form.set('no_timestamps', 'true');
  const { statusCode, body } = await request(`${url}/inference`, {
    dispatcher: httpAgent,
    method: 'POST',
    body: form,
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    reset: true,
    headersTimeout: answerMs,
  });
  if (statusCode !== 200) {
    await body.dump();
    throw unavailable(`the engine answered ${statusCode}`);
  }
  return (await body.json()) as Answer;
}

/** More tokens than anybody says in this time: they end a loop. */
const mostTokens = (seconds: number): number => Math.ceil(12 * seconds) + 16;

/** The value of `promise`, or the signal's reason if that comes first; the work behind `promise` goes on. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let giveUp = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** Adds hiss of one step of 16-bit audio at the end: digital silence makes Whisper invent words. */
function padded(samples: Int16Array): Int16Array {
  if (samples.length >= LEAST_SAMPLES) return samples;
  const out = new Int16Array(LEAST_SAMPLES);
  out.set(samples);
  for (let i = samples.length, seed = 1; i < out.length; i++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    out[i] = (seed >>> 30) - 1;
  }
  return out;
}
