import { afterEach, expect, it } from 'vitest';
import { collect } from './collect.fixture.js';
import { Espeak } from './espeak.js';
import { OpenAiTts } from './openai-tts.js';
import { type Misbehaviour, type SpeechServer, speechServer } from './speech-server.fixture.js';

const never = new AbortController().signal;
const opened: SpeechServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

async function against(misbehave?: Misbehaviour, options: { apiKey?: string; stallMs?: number } = {}) {
  const server = await speechServer(new Espeak(), 'pcm', misbehave);
  opened.push(server);
  const tts = new OpenAiTts({
    baseUrl: server.baseUrl,
    apiKey: 'secret-key',
    model: 'tts-9',
    voice: 'fable',
    ...options,
  });
  const say = (text = 'Hello.', name = '', rate = 170) => collect(tts.speak(text, { name, rate }, never));
  return { server, tts, say };
}

it('asks as the API wants to be asked', async () => {
  const { server, say } = await against();
  await say('Hello.', '', 340);
  expect(server.requests).toEqual([
    {
      authorization: 'Bearer secret-key',
      body: { model: 'tts-9', voice: 'fable', input: 'Hello.', response_format: 'pcm', speed: 2 },
    },
  ]);
});

it('sends no key when there is none', async () => {
  const { server, say } = await against(undefined, { apiKey: '' });
  await say();
  expect(server.requests[0]?.authorization).toBeUndefined();
});

it.each<[string, Misbehaviour, string, boolean, RegExp]>([
  ['a wrong key', (r) => r.writeHead(401).end('{}'), 'TWIN_TTS_UNAVAILABLE', false, /TTS_API_KEY/],
  ['an unknown model', (r) => r.writeHead(404).end('{}'), 'TWIN_TTS_UNAVAILABLE', false, /TTS_MODEL/],
  ['too many requests', (r) => r.writeHead(429).end(), 'TWIN_TTS_UNAVAILABLE', true, /TTS_BASE_URL/],
  ['a server error', (r) => r.writeHead(503).end(), 'TWIN_TTS_UNAVAILABLE', true, /TTS_BASE_URL/],
  ['a connection that breaks', (r) => r.destroy(), 'TWIN_TTS_UNAVAILABLE', true, /TTS_BASE_URL/],
  ['a redirect', (r) => r.writeHead(307, { location: '/v1/audio/speech' }).end(), 'TWIN_TTS_UNAVAILABLE', true, /./],
  [
    'JSON instead of sound',
    (r) => r.setHeader('content-type', 'application/json').end('{}'),
    'TWIN_TTS_FORMAT',
    false,
    /pcm/,
  ],
  ['MP3', (r) => r.setHeader('content-type', 'audio/mpeg').end('ID3'), 'TWIN_TTS_FORMAT', false, /pcm/],
])('says in words what is wrong: %s', async (_, misbehave, code, retryable, next) => {
  const { say, tts } = await against(misbehave);
  await expect(say()).rejects.toMatchObject({ code, retryable, next: expect.stringMatching(next) });
  expect(tts.health().ok).toBe(false);
  expect(JSON.stringify(tts.health())).not.toContain('secret-key');
});

it('gives up a server that sends nothing, before and in the middle of the sound', async () => {
  for (const misbehave of [() => {}, (r) => r.write(Buffer.alloc(4000, 1))] as Misbehaviour[]) {
    const { say, server } = await against(misbehave, { stallMs: 100 });
    await expect(say()).rejects.toMatchObject({
      code: 'TWIN_TTS_UNAVAILABLE',
      message: expect.stringContaining('0.1 s'),
    });
    await expect.poll(() => server.open()).toBe(0);
  }
});

it('says that nobody listens at the address', async () => {
  const { server, say } = await against();
  await server.close();
  opened.pop();
  await expect(say()).rejects.toMatchObject({ code: 'TWIN_TTS_UNAVAILABLE', retryable: true });
});

it('is well again after the next success', async () => {
  let broken = true;
  const { say, tts } = await against();
  const { say: sayBroken, tts: brokenTts } = await against((r) =>
    broken ? r.writeHead(500).end() : r.end(Buffer.alloc(4)),
  );
  await expect(sayBroken()).rejects.toThrow();
  expect(brokenTts.health().ok).toBe(false);
  broken = false;
  await sayBroken();
  expect(brokenTts.health().ok).toBe(true);
  await say();
  expect(tts.health().ok).toBe(true);
});
