import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TwinError } from '../errors.js';
import type { ExpertRequest, Gateway, GatewayEvent } from '../experts/gateway.js';
import { type EchoAgent, openEchoAgent } from '../server/echo-agent.fixture.js';

const asked: ExpertRequest[] = [];
let answer: (request: ExpertRequest, signal: AbortSignal) => AsyncIterable<GatewayEvent>;
const gateway: Gateway = {
  names: () => ['coding', 'main'],
  seeing: () => ({ experts: [], outside: [] }),
  personaOf: (expert) => expert,
  wanted: () => ({ expert: 'main', confidence: 1, named: false }),
  answer(request, signal) {
    asked.push(request);
    return answer(request, signal);
  },
};
const route = (step: 'chosen' | 'lost', node: string): GatewayEvent => ({
  route: { step, wanted: 'coding', expert: 'coding', model: 'm', node, why: `it is\n${node}` },
});
const stats = { model: 'm', promptTokens: 10, generatedTokens: 3, firstTokenMs: 1, tokensPerSecond: 1 };

let echo: EchoAgent;
beforeAll(async () => {
  echo = await openEchoAgent({}, { gateway, experts: () => [{ name: 'gemma', ok: true, detail: '' }] });
});
afterAll(() => echo.close());
beforeEach(() => {
  asked.length = 0;
  answer = async function* () {
    yield route('chosen', 'n1');
    yield { text: 'Use ' };
    yield route('lost', 'n1');
    yield { text: 'a loop.' };
    yield { stats };
  };
});

const post = (body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(`${echo.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${echo.keys.operator}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
const messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'How do I repeat?' },
];

describe('an expert as a model', () => {
  it.each(['coding', 'expert:coding'])('answers as %s, with the messages as they are', async (model) => {
    const response = await post({ model, messages, max_tokens: 40, temperature: 0, stop: 'END' });
    expect(await response.json()).toMatchObject({
      object: 'chat.completion',
      model,
      choices: [{ message: { role: 'assistant', content: 'Use a loop.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 },
    });
    expect(asked).toEqual([
      {
        messages,
        maxTokens: 40,
        wanted: { expert: 'coding', confidence: 1, named: true },
        temperature: 0,
        stop: ['END'],
      },
    ]);
  });

  it('is told how long a sleeping expert has been waited for, every five seconds', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let wake = (): void => {};
    const awake = new Promise<void>((resolve) => {
      wake = resolve;
    });
    answer = async function* () {
      yield {
        route: {
          step: 'waking',
          wanted: 'coding',
          expert: 'coding',
          model: '',
          node: '',
          why: 'it sleeps',
          wakeMs: 20_000,
        },
      };
      await awake;
      yield route('chosen', 'n1');
      yield { text: 'Use a loop.' };
    };
    try {
      const response = await post({ model: 'coding', messages, stream: true });
      const lines: string[] = [];
      for await (const text of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        for (const line of Buffer.from(text).toString().split('\n')) if (line.startsWith(':')) lines.push(line);
        if (lines.length >= 3) wake();
        else if (lines.length > 0) vi.advanceTimersByTime(5000);
      }
      expect(lines[0]).toBe(': waking coding: it sleeps');
      expect(lines.slice(1, 3).every((line) => /^: waking coding: \d s of about 20 s$/.test(line))).toBe(true);
      expect(lines.at(-1)).toBe(': chosen coding: it is n1');
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('streams without a break when one server takes over from another, and tells it in comments', async () => {
    const response = await post({ model: 'coding', messages, stream: true, stream_options: { include_usage: true } });
    const lines = (await response.text()).trim().split('\n\n');
    expect(lines.filter((line) => line.startsWith(':'))).toEqual([
      ': chosen coding: it is n1',
      ': lost coding: it is n1',
    ]);
    const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6));
    expect(data.pop()).toBe('[DONE]');
    const chunks = data.map((line) => JSON.parse(line));
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Use a loop.');
    expect(chunks.at(-1)).toMatchObject({ usage: { total_tokens: 13 } });
  });

  it('says in OpenAI’s shape when nobody can answer, before the stream and in it', async () => {
    answer = async function* () {
      yield* [];
      throw new TwinError('TWIN_LLM_UNAVAILABLE', 'Nobody is there.', { retryable: true });
    };
    const response = await post({ model: 'coding', messages });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ error: { code: 'TWIN_LLM_UNAVAILABLE' } });
    expect(await (await post({ model: 'coding', messages, stream: true })).text()).toContain('Nobody is there.');
  });

  it('ends its work when the client hangs up', async () => {
    let ended = false;
    answer = async function* (_, signal) {
      yield { text: 'Use ' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
      throw signal.reason;
    };
    const gone = new AbortController();
    const response = await post({ model: 'coding', messages, stream: true }, gone.signal);
    gone.abort();
    await response.text().catch(() => undefined);
    await expect.poll(() => ended).toBe(true);
  });

  it.each([
    ['an answer at the end', { messages: [...messages, { role: 'assistant', content: 'x' }] }],
    ['two answers', { messages, n: 2 }],
    ['too many tokens', { messages, max_tokens: 1e6 }],
  ])('refuses %s', async (_, body) => {
    expect((await post({ model: 'coding', ...body })).status).toBe(400);
  });
});

it('the agent itself still answers as auto and as its model, and an unknown name lists the known', async () => {
  for (const model of ['auto', 'gemma', undefined]) {
    const response = await post({ model, messages: [{ role: 'user', content: 'hello' }] });
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'HELLO' } }] });
  }
  expect(asked).toEqual([]);
  const unknown = await post({ model: 'gpt-9', messages });
  expect(unknown.status).toBe(404);
  expect(JSON.stringify(await unknown.json())).toContain('auto, twin, gemma, expert:coding, expert:main');
});

it('the list of models has experts', async () => {
  const response = await fetch(`${echo.url}/v1/models`, { headers: { authorization: `Bearer ${echo.keys.viewer}` } });
  const { data } = (await response.json()) as { data: { id: string }[] };
  expect(data.map(({ id }) => id)).toEqual([
    'auto',
    'twin',
    'gemma',
    'expert:coding',
    'expert:main',
    'echo-ear',
    'echo-mouth',
  ]);
});
