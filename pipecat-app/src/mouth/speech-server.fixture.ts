import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SAMPLE_RATE, toBytes } from '../voice/pcm.js';
import { resampler } from '../voice/resample.js';
import type { Tts } from './tts.js';

export type SpeechServer = {
  baseUrl: string;
  /** Requests that have not been answered to their end. */
  open(): number;
  /** Bodies and `authorization` headers of the requests so far. */
  readonly requests: { body: Record<string, unknown>; authorization: string | undefined }[];
  close(): Promise<void>;
};

/** Takes the place of an answer: a status, or a handler that does what it likes. */
export type Misbehaviour = (response: ServerResponse) => void;

/** A loopback server with OpenAI's `/v1/audio/speech` that lets `tts` speak, as raw 24 kHz samples or as WAV. */
export async function speechServer(tts: Tts, format: 'pcm' | 'wav', misbehave?: Misbehaviour): Promise<SpeechServer> {
  const requests: SpeechServer['requests'] = [];
  let open = 0;
  const server = createServer((request, response) => {
    open++;
    response.once('close', () => open--);
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString('utf8')) as Record<string, unknown>;
    requests.push({ body, authorization: request.headers.authorization });
    if (misbehave) return misbehave(response);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const to24k = resampler(SAMPLE_RATE, 24_000);
    response.setHeader('content-type', format === 'wav' ? 'audio/wav' : 'audio/pcm');
    if (format === 'wav') response.write(streamingHeader(24_000));
    const voice = { name: '', rate: Math.round(Number(body.speed) * 170) };
    for await (const piece of tts.speak(String(body.input), voice, gone.signal)) {
      const bytes = toBytes(to24k.push(piece));
      // Cut at an odd byte, as networks do.
      response.write(bytes.subarray(0, 3));
      if (!response.write(bytes.subarray(3))) await once(response, 'drain', { signal: gone.signal });
    }
    response.end(toBytes(to24k.end()));
  }

  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    open: () => open,
    requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** The header of a WAV whose length nobody knows yet. */
export function streamingHeader(rate: number, channels = 1, bits = 16): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(0xffff_ffff, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE((rate * channels * bits) / 8, 28);
  header.writeUInt16LE((channels * bits) / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write('data', 36);
  header.writeUInt32LE(0xffff_ffff, 40);
  return header;
}
