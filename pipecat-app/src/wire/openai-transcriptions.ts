import { setImmediate as breathe } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Agent } from '../agent.js';
import { TwinError } from '../errors.js';
import { check } from '../server/errors.js';
import { concat, SAMPLE_RATE, samplesToMs } from '../voice/pcm.js';
import { resampler } from '../voice/resample.js';
import { parseWav, toMono } from '../voice/wav.js';
import { readUpload } from './upload.js';
import { windows } from './windows.js';

const FORMATS = ['json', 'text', 'verbose_json'] as const;
/** Uploads that are worked on at a time; each may hold 25 MB and more. */
const MAX_AT_ONCE = 4;

const fieldsOf = z.object({
  response_format: z.enum(FORMATS, { error: `use one of: ${FORMATS.join(', ')}` }).default('json'),
  prompt: z.string().max(1000).optional(),
});

type Segment = { id: number; start: number; end: number; text: string };

let atOnce = 0;

/**
 * `POST /v1/audio/transcriptions`: a WAV file of 16-bit samples at any rate, at most 25 MB. `model`, `language` and
 * `temperature` have no effect: the agent has one ear. A client that hangs up ends the work.
 */
export async function transcriptions(agent: Agent, request: Request, response: Response): Promise<void> {
  if (atOnce >= MAX_AT_ONCE) {
    throw new TwinError('TWIN_TOO_MANY', 'Other recordings are being transcribed.', {
      next: 'Try again in a moment.',
      retryable: true,
    });
  }
  const gone = new AbortController();
  const hangUp = (): void => gone.abort();
  response.once('close', hangUp);
  atOnce++;
  try {
    const { file, fields } = await readUpload(request);
    const { response_format: format, prompt } = check(fieldsOf, fields);
    const samples = await read(file, gone.signal);
    const segments = await hear(agent, samples, prompt, gone.signal);
    send(response, format, segments, samplesToMs(samples.length) / 1000);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    atOnce--;
    response.off('close', hangUp);
  }
}

/** Mono at 16 kHz, a second at a time so that other requests are served meanwhile. */
async function read(file: Buffer, signal: AbortSignal): Promise<Int16Array> {
  const wav = parseWav(file);
  const mono = toMono(wav);
  if (mono.length === 0)
    throw new TwinError('TWIN_WAV', 'The recording is empty.', { next: 'Send a WAV file with sound in it.' });
  const stream = resampler(wav.rate, SAMPLE_RATE);
  const pieces: Int16Array[] = [];
  for (let at = 0; at < mono.length; at += wav.rate) {
    pieces.push(stream.push(mono.subarray(at, at + wav.rate)));
    await breathe(undefined, { signal });
  }
  pieces.push(stream.end());
  return concat(pieces);
}

async function hear(
  agent: Agent,
  samples: Int16Array,
  prompt: string | undefined,
  signal: AbortSignal,
): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const { from, to } of windows(samples)) {
    const options = { kind: 'final' as const, ...(prompt !== undefined && { prompt }) };
    const { text } = await agent.engines.stt.transcribe(samples.slice(from, to), options, signal);
    const [start, end] = [samplesToMs(from) / 1000, samplesToMs(to) / 1000];
    if (text !== '') segments.push({ id: segments.length, start, end, text });
  }
  return segments;
}

function send(response: Response, format: (typeof FORMATS)[number], segments: Segment[], duration: number): void {
  const text = segments.map((segment) => segment.text).join(' ');
  if (format === 'text') response.type('text').send(`${text}\n`);
  else if (format === 'json') response.json({ text });
  else response.json({ task: 'transcribe', language: 'english', duration, text, segments });
}
