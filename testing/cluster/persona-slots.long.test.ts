import { afterAll, beforeAll, expect, test } from 'vitest';
import { answered, expertsOn } from './experts-on.js';
import { QUESTIONS } from './failover-runs.js';
import { LlamaServers } from './llama-servers.js';

const PERSONAS = ['main', 'coding', 'creative', 'math', 'knowledge'] as const;
const TURNS = 60;

let servers: LlamaServers;
beforeAll(async () => {
  servers = await LlamaServers.open();
});
afterAll(() => servers.close());

test('five personas in turn on four slots: those with a slot find their beginning evaluated, as the server counts', async () => {
  const head = await servers.head({ slots: 4 });
  const { llm, close } = await expertsOn([head.instance('main')]);
  const hits = { pinned: 0, of: 0, others: 0, ofOthers: 0 };
  try {
    for (let turn = 0; turn < TURNS; turn++) {
      const persona = PERSONAS[turn % PERSONAS.length] ?? 'main';
      const system = `You are the ${persona} expert. ${'Answer in full sentences and keep to the question. '.repeat(12)}`;
      await answered(llm, QUESTIONS[turn % 3] ?? '', { maxTokens: 2, persona, system });
      const { promptTokens = 0, evaluatedTokens = promptTokens } = llm.lastAnswer() ?? {};
      const hit = evaluatedTokens < promptTokens / 4;
      if (turn < 2 * PERSONAS.length) continue;
      if (llm.live(head.instance('main').id)?.pins?.pinned().has(persona)) {
        hits.of++;
        hits.pinned += Number(hit);
      } else {
        hits.ofOthers++;
        hits.others += Number(hit);
      }
    }
  } finally {
    await close();
  }
  console.log(`with a slot: ${hits.pinned} of ${hits.of} warm; without: ${hits.others} of ${hits.ofOthers}`);
  expect(hits.of).toBeGreaterThan(20);
  expect(hits.pinned / hits.of).toBeGreaterThanOrEqual(0.95);
});
