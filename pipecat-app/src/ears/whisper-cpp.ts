import { FormData, request } from 'undici';
import { TwinError } from '../errors.js';
import { SAMPLE_RATE } from '../voice/pcm.js';
import { toWav } from '../voice/wav.js';
import { audioContext, FULL_CONTEXT } from './audio-context.js';
import { httpAgent } from './http-agent.js';
import { SingleEngine } from './single-engine.js';
import type { Stt, TranscribeOptions, Transcript } from './stt.js';
import { confidenceOf, isSuspect, type Segment, textOf, withoutLoop } from './transcript-check.js';
import { unavailable, type WhisperFiles, WhisperServer } from './whisper-server.js';

/** An answer that takes longer than this never comes: 30 s of audio on a Core 2 take under 20 s. */
const ANSWER_MS = 60_000;
/** Whisper wants at least 1 s of audio. */
const LEAST_SAMPLES = 1.1 * SAMPLE_RATE;

/** Ways through a grammar that are followed at once; docs/decisions/second-hearing.md. */
const BEAMS = 4;

type Question = { wav: Buffer; context: number; prompt?: string; grammar?: string };

/** Whisper on this machine: a resident `whisper-server` child, one request at a time. */
export class WhisperCpp implements Stt {
  readonly name = 'whispercpp';
  readonly #server: WhisperServer;
  readonly #engine = new SingleEngine();

  constructor(files: WhisperFiles) {
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
    const contexts = [audioContext(samples.length), FULL_CONTEXT];
    let text = '';
    let sure = {};
    for (const context of new Set(contexts)) {
      const segments = await this.#ask({ wav, context, ...options }, signal);
      text = textOf(segments);
      const confidence = confidenceOf(segments);
      sure = confidence === undefined ? {} : { confidence };
      if (!isSuspect(text, seconds)) return { text, ...sure };
    }
    return { text: withoutLoop(text), ...sure };
  }

  /** Asks once more when the server died under the first request. */
  async #ask(question: Question, signal: AbortSignal): Promise<Segment[]> {
    for (let attempt = 0; ; attempt++) {
      const url = await unlessAborted(this.#server.address(), signal);
      try {
        return await post(url, question, signal);
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

async function post(url: string, { wav, context, prompt, grammar }: Question, signal: AbortSignal) {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(wav)], { type: 'audio/wav' }), 'a.wav');
  form.set('response_format', 'verbose_json');
  form.set('audio_ctx', String(context));
  // whisper-server 1.9.1 takes `-nf` and ignores it; this is what stops up to five decodes at rising temperatures.
  form.set('temperature_inc', '0');
  if (prompt) form.set('prompt', prompt);
  if (grammar) {
    form.set('grammar', grammar);
    form.set('beam_size', String(BEAMS));
    // Timestamps are no part of a grammar, and without them the text is one segment.
    form.set('no_timestamps', 'true');
  }
  const { statusCode, body } = await request(`${url}/inference`, {
    dispatcher: httpAgent,
    method: 'POST',
    body: form,
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    reset: true,
    headersTimeout: ANSWER_MS,
  });
  if (statusCode !== 200) {
    await body.dump();
    throw unavailable(`the engine answered ${statusCode}`);
  }
  const answer = (await body.json()) as { segments?: Segment[] };
  return answer.segments ?? [];
}

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
