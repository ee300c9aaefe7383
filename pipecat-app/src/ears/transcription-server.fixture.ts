import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseWav } from '../voice/wav.js';
import type { Stt } from './stt.js';

export type TranscriptionServer = {
  baseUrl: string;
  /** Fields of the forms so far, and their `authorization` headers. */
  readonly requests: { fields: Record<string, string>; samples: number; authorization: string | undefined }[];
  close(): Promise<void>;
};

/** Takes the place of an answer. */
export type Misbehaviour = (response: ServerResponse, count: number) => void;

/** A loopback server with OpenAI's `/v1/audio/transcriptions` that lets `stt` listen. */
export async function transcriptionServer(stt: Stt, misbehave?: Misbehaviour): Promise<TranscriptionServer> {
  const requests: TranscriptionServer['requests'] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const body = Buffer.concat(await request.toArray());
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const form = await new Response(body, { headers }).formData();
    const { samples } = parseWav(new Uint8Array(await (form.get('file') as File).arrayBuffer()));
    const fields = Object.fromEntries(
      [...form].filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
    requests.push({ fields, samples: samples.length, authorization: request.headers.authorization });
    if (misbehave) return misbehave(response, requests.length);
    const options = { kind: 'final' as const, ...(fields.prompt === undefined ? {} : { prompt: fields.prompt }) };
    const { text } = await stt.transcribe(samples, options, gone.signal);
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ text }));
  }

  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
