import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EchoAgent, openEchoAgent } from '../server/echo-agent.fixture.js';
import { parseWav, toWav } from '../voice/wav.js';

let echo: EchoAgent;
beforeAll(async () => {
  echo = await openEchoAgent();
});
afterAll(() => echo.close());

const post = (path: string, body: unknown, key = echo.keys.operator): Promise<Response> =>
  fetch(`${echo.url}/v1${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      ...(body instanceof FormData ? {} : { 'content-type': 'application/json' }),
    },
    body: body instanceof FormData || typeof body === 'string' ? body : JSON.stringify(body),
  });
const ask = (content: string, more: object = {}) =>
  post('/chat/completions', { model: 'auto', messages: [{ role: 'user', content }], ...more });

const form = (file: Uint8Array, fields: Record<string, string> = {}): FormData => {
  const data = new FormData();
  data.set('file', new Blob([new Uint8Array(file)]), 'clip.wav');
  for (const [name, value] of Object.entries({ model: 'whisper-1', ...fields })) data.set(name, value);
  return data;
};
const openaiError = {
  message: expect.stringMatching(/\w/),
  type: 'invalid_request_error',
  param: null,
  code: expect.any(String),
};

describe('/v1/chat/completions', () => {
  it('answers in the shape of a completion', async () => {
    const response = await ask('hello there');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'auto',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'HELLO THERE', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    });
  });

  it('streams chunks, the usage when asked, and the end mark', async () => {
    const response = await ask('hello there', { stream: true, stream_options: { include_usage: true } });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = (await response.text())
      .trim()
      .split('\n\n')
      .map((line) => line.replace(/^data: /, ''));
    expect(events.pop()).toBe('[DONE]');
    const chunks = events.map((event) => JSON.parse(event));
    expect(chunks.every((chunk) => chunk.object === 'chat.completion.chunk')).toBe(true);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('HELLO THERE');
    expect(chunks[0].choices[0].delta.role).toBe('assistant');
    expect(chunks.at(-2).choices[0].finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 6 } });
  });

  it('gives the mind what was said before, then forgets it', async () => {
    echo.calls.length = 0;
    const messages = [
      { role: 'system', content: 'You are a pirate.' },
      { role: 'user', content: 'my name is Ada' },
      { role: 'assistant', content: [{ type: 'text', text: 'Hello Ada' }] },
      { role: 'user', content: 'who am I' },
    ];
    await post('/chat/completions', { messages });
    expect(echo.calls[0]).toMatch(/^commit \w+ my name is Ada Hello Ada$/);
    expect(echo.calls.at(-1)).toMatch(/^close/);
  });

  it('stops the turn when the client hangs up', async () => {
    echo.calls.length = 0;
    const gone = new AbortController();
    const asking = fetch(`${echo.url}/v1/chat/completions`, {
      method: 'POST',
      signal: gone.signal,
      headers: { ...echo.as('operator'), 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'wait for me' }] }),
    });
    await expect.poll(() => echo.calls).toContain('waiting');
    gone.abort();
    await expect(asking).rejects.toThrow();
    await expect.poll(() => echo.calls.filter((call) => /^(stop|close)/.test(call))).toHaveLength(2);
    expect(echo.agent.sessions()).toEqual([]);
  });

  it.each([
    ['no messages', { messages: [] }],
    ['a last message of the assistant', { messages: [{ role: 'assistant', content: 'x' }] }],
    ['an image', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] }],
    ['two answers', { messages: [{ role: 'user', content: 'x' }], n: 2 }],
    ['tools of the caller', { messages: [{ role: 'user', content: 'x' }], tools: [{ type: 'function' }] }],
    ['no JSON', '{'],
  ])('refuses %s with an error in OpenAI shape', async (_, body) => {
    const response = await post('/chat/completions', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: openaiError });
  });

  it('refuses a model that is not there, a wrong key and a viewer', async () => {
    expect((await ask('x', { model: 'gpt-9' })).status).toBe(404);
    const wrong = await post('/chat/completions', {}, 'twin_wrong');
    expect(wrong.status).toBe(401);
    expect(await wrong.json()).toMatchObject({ error: { code: 'invalid_api_key' } });
    expect((await post('/chat/completions', {}, echo.keys.viewer)).status).toBe(403);
  });
});

describe('/v1/audio/transcriptions', () => {
  it('hears a WAV file of any rate as 16 kHz', async () => {
    const response = await post('/audio/transcriptions', form(toWav(new Int16Array(44_100), 44_100)));
    expect(await response.json()).toEqual({ text: '16000 samples' });
  });

  it('cuts long recordings where they are quiet', async () => {
    const minute = Int16Array.from({ length: 16_000 * 40 }, (_, i) =>
      i > 390_000 && i < 396_800 ? 0 : 3000 * Math.sin(i),
    );
    const response = await post('/audio/transcriptions', form(toWav(minute), { response_format: 'verbose_json' }));
    const { segments, duration, text } = (await response.json()) as {
      segments: { end: number }[];
      duration: number;
      text: string;
    };
    expect(duration).toBe(40);
    expect(segments).toHaveLength(2);
    expect(segments[0]?.end).toBeGreaterThan(24.3);
    expect(segments[0]?.end).toBeLessThan(24.8);
    expect(
      text
        .split(' samples')
        .slice(0, 2)
        .reduce((sum, count) => sum + Number(count), 0),
    ).toBe(640_000);
  });

  it('answers in plain text when asked', async () => {
    const response = await post('/audio/transcriptions', form(toWav(new Int16Array(160)), { response_format: 'text' }));
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toBe('160 samples\n');
  });

  it('answers 200 bad uploads in OpenAI shape, and the next good one works', async () => {
    const wav = toWav(new Int16Array(800));
    for (let i = 0; i < 200; i++) {
      const broken = Buffer.from(wav.subarray(0, i < 100 ? (i * 44) / 100 : wav.length));
      if (i >= 100) broken[i % 24 < 12 ? i % 12 : 20 + (i % 2)] = 0xff;
      const response = await post('/audio/transcriptions', form(broken));
      expect([400, 200]).toContain(response.status);
      const body = await response.json();
      if (response.status === 400) expect(body).toEqual({ error: { ...openaiError, code: 'TWIN_WAV' } });
    }
    expect(await (await post('/audio/transcriptions', form(wav))).json()).toEqual({ text: '800 samples' });
  });

  it.each([
    ['JSON instead of a form', { file: 'x' }, 400],
    ['a form without a file', new FormData(), 400],
    ['a format it does not speak', form(toWav(new Int16Array(160)), { response_format: 'srt' }), 400],
    ['a recording without samples', form(toWav(new Int16Array(0))), 400],
    ['more than 25 MB', form(new Uint8Array(25 * 1024 * 1024 + 1)), 413],
  ])('refuses %s', async (_, body, status) => {
    const response = await post('/audio/transcriptions', body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringMatching(/\w/) } });
  });
});

describe('/v1/audio/speech', () => {
  it('speaks as a WAV stream of 16 kHz', async () => {
    const response = await post('/audio/speech', { model: 'tts-1', input: 'Hello.', voice: 'alloy' });
    expect(response.headers.get('content-type')).toBe('audio/wav');
    const wav = parseWav(new Uint8Array(await response.arrayBuffer()));
    expect(wav).toMatchObject({ rate: 16_000, channels: 1 });
    expect(wav.samples).toEqual(Int16Array.from({ length: 600 }, (_, i) => i));
  });

  it('speaks as raw samples of 24 kHz', async () => {
    const response = await post('/audio/speech', { input: 'Hello.', voice: 'en+f3', response_format: 'pcm' });
    expect((await response.arrayBuffer()).byteLength).toBe(600 * 1.5 * 2);
  });

  it.each([
    ['mp3', { input: 'x', response_format: 'mp3' }, 'wav, pcm'],
    ['an unknown voice', { input: 'x', voice: 'nobody' }, 'no such voice'],
    ['nothing to say', { input: ' ' }, 'input'],
  ])('refuses %s and says what it can', async (_, body, words) => {
    const response = await post('/audio/speech', body);
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain(words);
  });
});

describe('/v1/models', () => {
  it('lists what can be named', async () => {
    const response = await fetch(`${echo.url}/v1/models`, { headers: echo.as('viewer') });
    const { object, data } = (await response.json()) as { object: string; data: { id: string; object: string }[] };
    expect(object).toBe('list');
    expect(data.map(({ id }) => id)).toEqual(['auto', 'twin', 'echo-ear', 'echo-mouth']);
  });
});
