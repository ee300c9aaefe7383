import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EmbeddedLlm } from './embedded.js';
import type { Llm, LlmPiece } from './llm.js';
import { OpenAiLlm } from './openai-llm.js';
import { type ServedLlm, serveLlm } from './openai-llm-server.fixture.js';
import { asking, noAbort, realModel, shared, textOf } from './real-model.fixture.js';

const embedded: EmbeddedLlm = realModel();
let served: ServedLlm;
let remote: OpenAiLlm;

beforeAll(async () => {
  await embedded.start(noAbort());
  await embedded.prepare(shared, noAbort());
  served = await serveLlm(embedded, 'sesame');
  remote = new OpenAiLlm({ baseUrl: served.baseUrl, apiKey: 'sesame', model: '' });
  await remote.start(noAbort());
}, 120_000);

afterAll(async () => {
  await remote.close();
  await served.close();
  await embedded.close();
});

describe.each<[string, () => Llm]>([
  ['EmbeddedLlm', () => embedded],
  ['OpenAiLlm', () => remote],
])('%s', (_, llm) => {
  test('answers an easy question', async () => {
    expect(await textOf(llm().stream(asking('What is the capital of France?'), noAbort()))).toContain('Paris');
  });

  test('names its model and says what the answer cost', async () => {
    await textOf(llm().stream(asking('What is the capital of Japan?'), noAbort()));
    const {
      model,
      promptTokens = 0,
      evaluatedTokens = 0,
      generatedTokens,
      firstTokenMs,
      tokensPerSecond,
    } = llm().lastAnswer() ?? {};
    expect(model).toBe('gemma3-270m-q4_k_m');
    expect(promptTokens).toBeGreaterThan(50);
    expect(evaluatedTokens).toBeLessThan(promptTokens / 2);
    expect(generatedTokens).toBeGreaterThan(2);
    expect(firstTokenMs).toBeGreaterThan(0);
    expect(tokensPerSecond).toBeGreaterThan(0);
  });

  test('sends the answer in pieces, before it is whole', async () => {
    const pieces: LlmPiece[] = [];
    for await (const piece of llm().stream(asking('Why is the sky blue?'), noAbort())) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(3);
  });

  test('ends before a stop mark and keeps to the number of tokens', async () => {
    const whole = await textOf(llm().stream(asking('What is the capital of France?'), noAbort()));
    const cut = await textOf(
      llm().stream({ ...asking('What is the capital of France?'), stop: ['capital'] }, noAbort()),
    );
    expect(cut).toBe(whole.slice(0, whole.indexOf('capital')));
    const [first] = whole.trim().split(' ');
    expect((await textOf(llm().stream(asking('What is the capital of France?', [], 1), noAbort()))).trim()).toBe(first);
  });

  test('an abort before, and one in the middle, come out as the reason', async () => {
    await expect(textOf(llm().stream(asking('Hi'), AbortSignal.abort()))).rejects.toMatchObject({ name: 'AbortError' });
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of llm().stream(asking('Tell me about the Second World War.', [], 200), stop.signal))
        stop.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('a reader that leaves ends the work, and the next answer is whole', async () => {
    for await (const _ of llm().stream(asking('Tell me about the Second World War.', [], 200), noAbort())) break;
    expect(await textOf(llm().stream(asking('What is the capital of France?'), noAbort()))).toContain('Paris');
    await expect.poll(served.open).toBe(0);
  });

  test('is healthy', () => {
    expect(llm().health()).toMatchObject({ ok: true, detail: expect.stringContaining('gemma3') });
  });
});
