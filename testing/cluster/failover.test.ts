import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answered, expertsOn } from './experts-on.js';
import { figures, killHeads, QUESTIONS, strikeWorkers } from './failover-runs.js';
import { LlamaServers } from './llama-servers.js';

let servers: LlamaServers;
beforeAll(async () => {
  servers = await LlamaServers.open();
});
afterAll(() => servers.close());

describe('with real llama.cpp servers, at temperature 0', () => {
  test('a head that is killed in the middle of an answer: the other one goes on, and the answer is the same', async () => {
    const runs = await killHeads(servers, 2);
    console.log(`killed heads: ${figures(runs)}`);
    for (const { text, expected, lost, detectMs, gapMs } of runs) {
      expect(text).toBe(expected);
      expect(lost).toBe(1);
      expect(detectMs).toBeLessThan(500);
      expect(gapMs).toBeLessThan(3000);
    }
  });

  test('an RPC worker that is stopped: its head is left within six seconds, and the answer is the same', async () => {
    const runs = await strikeWorkers(servers, 1, 'SIGSTOP');
    console.log(`stopped workers: ${figures(runs)}`);
    for (const { text, expected, lost, gapMs } of runs) {
      expect(text).toBe(expected);
      expect(lost).toBe(1);
      expect(gapMs).toBeGreaterThan(2900);
      expect(gapMs).toBeLessThan(6000);
    }
  });

  test('an RPC worker that is killed, which ends its head: the answer is the same', async () => {
    const runs = await strikeWorkers(servers, 1, 'SIGKILL');
    console.log(`killed workers: ${figures(runs)}`);
    for (const { text, expected, lost, gapMs } of runs) {
      expect(text).toBe(expected);
      expect(lost).toBe(1);
      expect(gapMs).toBeLessThan(3000);
    }
  });

  test('the persona that is asked again costs only the words of the question, as the server counts', async () => {
    const head = await servers.head({ slots: 3 });
    const { llm, close } = await expertsOn([head.instance('main')]);
    try {
      const costs: number[] = [];
      for (const asked of QUESTIONS) {
        await answered(llm, asked, { maxTokens: 4, persona: 'main' });
        costs.push(llm.lastAnswer()?.evaluatedTokens ?? Number.NaN);
      }
      // The first question tells how many slots there are, the second one makes its slot warm.
      expect(Math.max(...costs.slice(2))).toBeLessThan(Math.min(...costs.slice(0, 2)));
      expect(llm.live(head.instance('main').id)?.warm('main')).toBeGreaterThan(0.3);
      expect(llm.live(head.instance('main').id)?.pins?.pinned()).toEqual(new Map([['main', 0]]));
    } finally {
      await close();
    }
  });
});
