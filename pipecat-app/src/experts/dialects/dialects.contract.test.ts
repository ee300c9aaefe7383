import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DIALECTS, type Endpoint } from '../endpoint.js';
import type { LlmStats } from '../llm.js';
import { noAbort } from '../real-model.fixture.js';
import type { ChatRequest } from './dialect.js';
import { Dialects } from './dialects.js';
import { type Mimic, mimic, type Script } from './mimic-server.fixture.js';

let dialects: Dialects;
const mimics: Mimic[] = [];
beforeEach(() => {
  dialects = new Dialects();
});
afterEach(async () => {
  await dialects.close();
  await Promise.all(mimics.splice(0).map((one) => one.close()));
});

const words = (...texts: string[]): Script =>
  async function* () {
    for (const text of texts) yield { text };
  };
const REQUEST: ChatRequest = {
  messages: [
    { role: 'system', content: 'You are Twin.' },
    { role: 'user', content: 'Where am I?' },
  ],
  maxTokens: 20,
};

async function served(
  dialect: (typeof DIALECTS)[number],
  script: Script,
  change: Partial<Endpoint> = {},
): Promise<Mimic> {
  const made = await mimic(dialect, script, change);
  mimics.push(made);
  return made;
}

async function ask(endpoint: Endpoint, request: Partial<ChatRequest> = {}, signal = noAbort()) {
  let text = '';
  let stats: LlmStats | undefined;
  const progress: number[] = [];
  for await (const event of dialects.of(endpoint).chat(endpoint, { ...REQUEST, ...request }, signal)) {
    if ('text' in event) text += event.text;
    else if ('stats' in event) stats = event.stats;
    else if ('progress' in event) progress.push(event.progress.processed);
  }
  return { text, stats, progress };
}

describe.each(DIALECTS)('%s', (name) => {
  test('answers in pieces that may be cut anywhere, and says what it cost', async () => {
    const { endpoint, asked } = await served(name, words('Grüße', ' 👩‍🚀', ' aus Köln'));
    const { text, stats } = await ask(endpoint);
    expect(text).toBe('Grüße 👩‍🚀 aus Köln');
    expect(stats).toMatchObject({
      model: 'mimic',
      promptTokens: 100,
      generatedTokens: 3,
      tokensPerSecond: expect.any(Number),
    });
    expect(asked[0]?.key).toMatch(/sesame$/);
    expect(asked[0]).toMatchObject({ maxTokens: 20, partial: '', closing: true });
  });

  test('is given the system prompt and the question', async () => {
    const { endpoint, asked } = await served(name, words('Here.'));
    await ask(endpoint);
    const said = JSON.stringify(asked[0]?.body);
    expect(said).toContain('You are Twin.');
    expect(said).toContain('Where am I?');
  });

  test('is given the partial answer as the last thing', async () => {
    const { endpoint, asked } = await served(name, words(' Paris.'));
    expect((await ask(endpoint, { partial: 'You are in' })).text).toBe(' Paris.');
    expect(asked[0]?.partial).toBe('You are in');
    expect(asked[0]?.messages.at(-1)).toEqual({ role: 'user', content: 'Where am I?' });
  });

  test('ends before a mark, also before one that its server does not look for', async () => {
    const { endpoint } = await served(name, words('Paris', '. Que', 'stion: and'));
    const stop = ['a1', 'b2', 'c3', 'd4', 'Question:'];
    expect((await ask(endpoint, { stop })).text).toBe('Paris. ');
  });

  test.each([
    [401, 'TWIN_LLM_REFUSED', false, 'Set MIMIC_KEY.'],
    [429, 'TWIN_LLM_UNAVAILABLE', true, 'Ask again in a moment.'],
    [503, 'TWIN_LLM_UNAVAILABLE', true, 'Ask again in a moment.'],
  ])('status %d is said in words', async (code, error, retryable, next) => {
    const { endpoint, status } = await served(name, words());
    status.code = code;
    await expect(ask(endpoint)).rejects.toMatchObject({ code: error, retryable, next });
  });

  test.each<[string, Script]>([
    [
      'breaks off',
      async function* () {
        yield { text: 'He' };
        yield { die: 'drop' };
      },
    ],
    [
      'ends without its end mark',
      async function* () {
        yield { text: 'He' };
        yield { die: 'end' };
      },
    ],
    [
      'reports an error in the middle',
      async function* () {
        yield { text: 'He' };
        yield { report: 'out of memory' };
      },
    ],
  ])('a server that %s can be asked again elsewhere', async (_, script) => {
    const { endpoint } = await served(name, script);
    await expect(ask(endpoint)).rejects.toMatchObject({ code: 'TWIN_LLM_UNAVAILABLE', retryable: true });
  });

  test('an abort comes out as its reason and ends the work', async () => {
    let ended = 0;
    const made = await served(name, async function* (_, signal) {
      yield { text: 'He' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended++;
    });
    const stop = new AbortController();
    const reading = (async () => {
      for await (const event of dialects.of(made.endpoint).chat(made.endpoint, REQUEST, stop.signal))
        if ('text' in event) stop.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => [ended, made.open()]).toEqual([1, 0]);
  });

  test('a reader that leaves ends the work', async () => {
    const made = await served(name, async function* (_, signal) {
      yield { text: 'He' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    for await (const _ of dialects.of(made.endpoint).chat(made.endpoint, REQUEST, noAbort())) break;
    await expect.poll(made.open).toBe(0);
  });

  test('is alive when its server answers, and not when there is none', async () => {
    const { endpoint, status } = await served(name, words());
    await expect(dialects.of(endpoint).alive(endpoint, noAbort())).resolves.toBeUndefined();
    status.code = 503;
    await expect(dialects.of(endpoint).alive(endpoint, noAbort())).rejects.toMatchObject({ retryable: true });
    const nowhere = { ...endpoint, baseUrl: 'http://127.0.0.1:1' };
    await expect(dialects.of(nowhere).alive(nowhere, noAbort())).rejects.toThrow(/cannot be reached/);
  });
});

describe('llama', () => {
  test('says how far the prompt is, and what of it was kept', async () => {
    const { endpoint } = await served('llama', async function* () {
      yield { progress: { total: 100, cached: 90, processed: 90 } };
      yield { progress: { total: 100, cached: 90, processed: 100 } };
      yield { text: 'Hi' };
    });
    expect(await ask(endpoint)).toMatchObject({ progress: [90, 100], stats: { evaluatedTokens: 10 } });
  });

  test('goes on behind a partial answer to the letter, spaces at its end included', async () => {
    const { endpoint, asked } = await served('llama', words('France.'));
    await ask(endpoint, { partial: ' The  capital of ' });
    expect(asked[0]).toMatchObject({ path: '/completion', partial: ' The  capital of ' });
  });

  test('a base model is given text to go on with, and ends at the next question', async () => {
    const { endpoint, asked } = await served('llama', words(' Here.', '\nQuestion:', ' next'), {
      template: 'completion',
    });
    expect((await ask(endpoint)).text).toBe(' Here.');
    expect(asked[0]?.body.prompt).toBe('You are Twin.\n\nQuestion: Where am I?\nAnswer:');
    await ask(endpoint, { partial: ' You are' });
    expect(asked[1]?.partial).toBe(' You are');
  });

  test('asks for a slot when it is told to', async () => {
    const { endpoint, asked } = await served('llama', words('Hi'));
    await ask(endpoint, { slot: 2 });
    expect(asked[0]?.slot).toBe(2);
  });

  test('is busy when all of its slots work', async () => {
    const { endpoint, slots } = await served('llama', words(), {});
    slots.busy = [true, true];
    expect(await dialects.llama.busy(endpoint, noAbort())).toBe(true);
    expect(await dialects.llama.slots(endpoint, noAbort())).toBe(2);
    slots.busy = [true, false];
    expect(await dialects.llama.busy(endpoint, noAbort())).toBe(false);
  });
});
