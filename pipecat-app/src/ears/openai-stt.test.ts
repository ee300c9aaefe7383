import { afterEach, expect, it } from 'vitest';
import { OpenAiStt } from './openai-stt.js';
import type { Stt } from './stt.js';
import { type Misbehaviour, type TranscriptionServer, transcriptionServer } from './transcription-server.fixture.js';

const never = new AbortController().signal;
const opened: TranscriptionServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

/** What the server has behind it: hears how long the audio is. testing/acoustic has Whisper behind the same server. */
const counting: Stt = {
  name: 'counting',
  start: async () => undefined,
  transcribe: async (samples) => ({ text: ` ${samples.length} samples [noise]`, ms: 0 }),
  health: () => ({ ok: true, detail: '' }),
  close: async () => undefined,
};

async function against(misbehave?: Misbehaviour, options: { apiKey?: string; timeoutMs?: number } = {}) {
  const server = await transcriptionServer(counting, misbehave);
  opened.push(server);
  const stt = new OpenAiStt({ baseUrl: `${server.baseUrl}/`, apiKey: 'secret-key', model: 'whisper-9', ...options });
  const hear = (kind: 'partial' | 'final' = 'final', signal = never, prompt?: string) =>
    stt.transcribe(new Int16Array(1600), { kind, ...(prompt === undefined ? {} : { prompt }) }, signal);
  return { server, stt, hear };
}

it('asks as the API wants to be asked and tidies the answer', async () => {
  const { server, stt, hear } = await against();
  expect((await hear('final', never, 'Set a timer.')).text).toBe('1600 samples');
  expect(server.requests).toEqual([
    {
      authorization: 'Bearer secret-key',
      samples: 1600,
      fields: { model: 'whisper-9', response_format: 'json', prompt: 'Set a timer.' },
    },
  ]);
  expect(stt.health()).toEqual({ ok: true, detail: 'answers' });
});

it('sends no key when there is none', async () => {
  const { server, hear } = await against(undefined, { apiKey: '' });
  await hear();
  expect(server.requests[0]?.authorization).toBeUndefined();
});

it('asks nobody about no audio', async () => {
  const { server, stt } = await against();
  expect((await stt.transcribe(new Int16Array(0), { kind: 'final' }, never)).text).toBe('');
  expect(server.requests).toEqual([]);
});

it('tries a final again when the server is in trouble', async () => {
  const { server, hear } = await against((response, count) =>
    count < 3 ? response.writeHead(503).end() : response.end('{"text":"third time"}'),
  );
  expect((await hear()).text).toBe('third time');
  expect(server.requests).toHaveLength(3);
});

it('tries a partial only once', async () => {
  const { server, hear } = await against((response) => response.writeHead(503).end());
  await expect(hear('partial')).rejects.toMatchObject({ code: 'TWIN_STT_UNAVAILABLE', retryable: true });
  expect(server.requests).toHaveLength(1);
});

it.each<[string, Misbehaviour, boolean, RegExp]>([
  ['a wrong key', (r) => r.writeHead(401).end('{}'), false, /STT_API_KEY/],
  ['an unknown model', (r) => r.writeHead(404).end('{}'), false, /STT_MODEL/],
  ['too many requests', (r) => r.writeHead(429).end(), true, /STT_BASE_URL/],
  ['a connection that breaks', (r) => r.destroy(), true, /STT_BASE_URL/],
  ['something that is not JSON', (r) => r.end('<html>'), false, /STT_MODEL/],
  ['JSON without a transcript', (r) => r.end('{"text":7}'), false, /STT_MODEL/],
  ['no answer in time', () => undefined, true, /STT_BASE_URL/],
])('says in words what to do about %s', async (_, misbehave, retryable, next) => {
  const { stt, hear } = await against(misbehave, { timeoutMs: 300 });
  const error = await hear('partial').catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'TWIN_STT_UNAVAILABLE', retryable, next: expect.stringMatching(next) });
  expect(stt.health().ok).toBe(false);
  expect(JSON.stringify([error, String(error), stt.health()])).not.toContain('secret-key');
});

it('ends at once when its user cancels or it is closed', async () => {
  const hanging: (() => void)[] = [];
  const { stt, hear } = await against(() => {
    for (const arrived of hanging.splice(0)) arrived();
  });
  const arrived = () => new Promise<void>((resolve) => void hanging.push(resolve));
  const cancel = new AbortController();
  const [first, one] = [arrived(), hear('final', cancel.signal)];
  await first;
  cancel.abort();
  await expect(one).rejects.toMatchObject({ name: 'AbortError' });
  const [second, two] = [arrived(), hear('final')];
  await second;
  await stt.close();
  await expect(two).rejects.toMatchObject({ code: 'TWIN_STT_UNAVAILABLE' });
});
