import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedLlm } from './embedded.js';
import type { Message } from './llm.js';
import { asking, noAbort, realModel, shared, textOf } from './real-model.fixture.js';

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('with the real model', () => {
  const llm = realModel();
  beforeAll(async () => {
    await llm.start(noAbort());
    await llm.prepare(shared, noAbort());
  }, 120_000);
  afterAll(() => llm.close());

  test('a turn evaluates its new words only, even when the oldest turn is dropped', async () => {
    const asked = [
      'What is the capital of France?',
      'Who wrote Hamlet?',
      'What is the tallest mountain in the world?',
      'Who painted the Mona Lisa?',
    ];
    const turns: Message[][] = [];
    const evaluated: number[] = [];
    for (const question of [...asked, 'When did the Second World War end?']) {
      const kept = turns.slice(-3).flat();
      const answer = await textOf(llm.stream(asking(question, kept), noAbort()));
      turns.push([
        { role: 'user', content: question },
        { role: 'assistant', content: answer.trim() },
      ]);
      evaluated.push(llm.lastAnswer()?.evaluatedTokens ?? Number.NaN);
    }
    expect(llm.lastAnswer()?.promptTokens).toBeGreaterThan(100);
    expect(Math.max(...evaluated)).toBeLessThan(30);
    expect(turns.at(-1)?.[1]?.content).toContain('1945');
  });

  test('two conversations in turn keep what each has evaluated', async () => {
    const histories: Message[][] = [[], []];
    const evaluated: number[] = [];
    for (const question of [
      'What is the capital of Japan?',
      'What is the capital of Spain?',
      'What is the capital of Italy?',
    ]) {
      for (const history of histories) {
        const answer = await textOf(llm.stream(asking(question, history), noAbort()));
        history.push({ role: 'user', content: question }, { role: 'assistant', content: answer.trim() });
        evaluated.push(llm.lastAnswer()?.evaluatedTokens ?? Number.NaN);
      }
    }
    expect(Math.max(...evaluated.slice(2))).toBeLessThan(30);
  });

  test('two questions at the same time are both answered', async () => {
    const answers = await Promise.all([
      textOf(llm.stream(asking('What is the capital of France?'), noAbort())),
      textOf(llm.stream(asking('What is the capital of Japan?'), noAbort())),
      textOf(llm.stream(asking('Who wrote Hamlet?'), noAbort())),
    ]);
    expect(answers.map((answer) => /Paris|Tokyo|Shakespeare/.exec(answer)?.[0])).toEqual([
      'Paris',
      'Tokyo',
      'Shakespeare',
    ]);
  });

  test('the event loop of the agent goes on while the model thinks', async () => {
    let turns = 0;
    const count = setInterval(() => turns++, 5);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await textOf(llm.stream(asking('Tell me about the history of the Roman empire.', [], 60), noAbort()));
    delay.disable();
    clearInterval(count);
    expect(turns).toBeGreaterThan(10);
    expect(delay.percentile(50) / 1e6).toBeLessThan(50);
  });

  test('kill -9 in the middle fails at once and retryably; the next call has a new process', async () => {
    const before = llm.pid ?? 0;
    let killedAt = 0;
    const reading = (async () => {
      for await (const _ of llm.stream(asking('Tell me about the history of the Roman empire.', [], 200), noAbort())) {
        if (killedAt === 0) {
          killedAt = performance.now();
          process.kill(before, 'SIGKILL');
        }
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'TWIN_LLM_UNAVAILABLE', retryable: true });
    expect(performance.now() - killedAt).toBeLessThan(1000);
    expect(await textOf(llm.stream(asking('What is the capital of France?'), noAbort()))).toContain('Paris');
    expect(llm.pid).not.toBe(before);
  }, 60_000);

  test('a conversation that does not fit is refused in words', async () => {
    const long = 'word '.repeat(3000);
    await expect(textOf(llm.stream(asking(long), noAbort()))).rejects.toMatchObject({ code: 'TWIN_LLM_FAILED' });
  });
});

test('a chat model is prompted with the template for its file, and its turns cost only their new words too', async () => {
  const llm = realModel({ template: 'chat', lanes: 1 });
  try {
    const history: Message[] = [];
    const evaluated: number[] = [];
    for (const question of ['What is the capital of France?', 'What is the capital of Japan?', 'Who wrote Hamlet?']) {
      const answer = await textOf(llm.stream(asking(question, history, 8), noAbort()));
      history.push({ role: 'user', content: question }, { role: 'assistant', content: answer.trim() || 'Yes.' });
      evaluated.push(llm.lastAnswer()?.evaluatedTokens ?? Number.NaN);
    }
    expect(evaluated[0]).toBeGreaterThan(50);
    expect(Math.max(...evaluated.slice(1))).toBeLessThan(45);
  } finally {
    await llm.close();
  }
}, 60_000);

test('close leaves no process', async () => {
  const llm = realModel();
  await llm.start(noAbort());
  const pid = llm.pid ?? 0;
  expect(alive(pid)).toBe(true);
  await llm.close();
  expect(alive(pid)).toBe(false);
  await expect(textOf(llm.stream(asking('Hi'), noAbort()))).rejects.toMatchObject({ code: 'TWIN_LLM_UNAVAILABLE' });
}, 60_000);

test('closing while it loads leaves no process either', async () => {
  const llm = realModel();
  const starting = llm.start(noAbort());
  const pid = llm.pid ?? 0;
  await llm.close();
  await expect(starting).rejects.toMatchObject({ code: 'TWIN_LLM_UNAVAILABLE' });
  expect(alive(pid)).toBe(false);
});

test('a missing model says what to do, and is found when it comes', async () => {
  const llm = realModel({ modelPath: '/nonexistent/model.gguf' });
  await expect(llm.start(noAbort())).rejects.toMatchObject({
    code: 'TWIN_MODEL_MISSING',
    next: 'Run `twin models pull`.',
  });
  expect(llm.health()).toEqual({ ok: false, detail: expect.stringContaining('twin models pull') });
});

test('a file that is no model is refused in words', async () => {
  const llm = new EmbeddedLlm({ name: 'none', modelPath: import.meta.filename, template: 'completion' });
  await expect(llm.start(noAbort())).rejects.toMatchObject({
    code: 'TWIN_LLM_UNAVAILABLE',
    message: expect.stringMatching(/cannot be loaded/),
  });
  await llm.close();
}, 60_000);
