import { once } from 'node:events';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Agent } from '../agent.js';
import { isAbort } from '../errors.js';
import { speakable } from '../mouth/speakable.js';
import { check } from '../server/errors.js';
import { clauses } from '../voice/clauses.js';
import { SAMPLE_RATE, toBytes } from '../voice/pcm.js';
import { resampler } from '../voice/resample.js';
import { wavHeader } from '../voice/wav.js';

/** What OpenAI's clients expect of `pcm`, in samples per second. */
const PCM_RATE = 24_000;
const FORMATS = ['wav', 'pcm'] as const;
/** Voices that OpenAI's clients name by default; they all mean the agent's own. */
const FOREIGN_VOICES = /^(alloy|ash|ballad|coral|echo|fable|nova|onyx|sage|shimmer|verse|marin|cedar|default)$/;

const speechRequest = (voices: readonly string[]) =>
  z.object({
    input: z.string().trim().min(1).max(4096),
    voice: z
      .string()
      .refine((name) => FOREIGN_VOICES.test(name) || voices.includes(name), { error: 'there is no such voice' })
      .optional(),
    response_format: z.enum(FORMATS, { error: `use one of: ${FORMATS.join(', ')}` }).default('wav'),
    speed: z.number().min(0.25).max(4).default(1),
    stream_format: z.literal('audio', { error: 'use audio' }).default('audio'),
  });

/**
 * `POST /v1/audio/speech`: clause by clause, sent as it is made. `wav` is 16 kHz with an unknown length in its header;
 * `pcm` is 24 kHz, 16 bit, mono. A client that hangs up ends the work.
 */
export async function speech(agent: Agent, request: Request, response: Response): Promise<void> {
  const { tts } = agent.engines;
  const { input, voice: asked, response_format: format, speed } = check(speechRequest(tts.voices()), request.body);
  const base = agent.defaults.voice;
  const name = asked !== undefined && !FOREIGN_VOICES.test(asked) ? asked : base.name;
  const voice = { name, rate: Math.max(80, Math.min(400, Math.round(base.rate * speed))) };
  const gone = new AbortController();
  const hangUp = (): void => gone.abort();
  response.once('close', hangUp);
  try {
    response.set('Cache-Control', 'no-store, no-transform');
    const rate = resampler(SAMPLE_RATE, format === 'pcm' ? PCM_RATE : SAMPLE_RATE);
    const write = async (samples: Int16Array): Promise<void> => {
      if (!response.headersSent) {
        response.type(format === 'pcm' ? 'audio/pcm' : 'audio/wav');
        if (format === 'wav') response.write(wavHeader());
      }
      if (samples.length > 0 && !response.write(toBytes(samples)))
        await once(response, 'drain', { signal: gone.signal });
    };
    for await (const clause of clauses(whole(speakable(input)))) {
      for await (const samples of tts.speak(clause, voice, gone.signal)) await write(rate.push(samples));
    }
    await write(rate.end());
    response.end();
  } catch (error) {
    if (isAbort(error) && gone.signal.aborted) return;
    if (!response.headersSent) throw error;
    agent.log.warn({ err: error }, 'speech broke off');
    response.destroy();
  } finally {
    response.off('close', hangUp);
  }
}

async function* whole(text: string): AsyncGenerator<string> {
  yield text;
}
