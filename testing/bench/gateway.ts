/**
 * What the warm gateway adds to the first byte of an answer: the same question, in turn to the agent's `/v1` and to the
 * expert's llama-server itself. `npm run bench:gateway -- [--requests 300] [--json]`.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LlamaServers } from '../cluster/llama-servers.js';
import { firstByteMs, type Question } from './first-byte.js';
import { quantile } from './quantiles.js';
import { atMost, type Figure, finish } from './report.js';
import { ROOT, startReal } from './servers.js';

/** Rounds before the first that counts: they fill the slot and warm the code. */
const WARM_UP = 60;
const SYSTEM =
  'You answer questions about a household in one short sentence, politely, and never about anything else. ';
const asked = {
  messages: [
    { role: 'system', content: SYSTEM.repeat(4) },
    { role: 'user', content: 'Is the kitchen window open?' },
  ],
  stream: true,
  max_tokens: 2,
  temperature: 0,
};
/** What the gateway asks llama-server for besides. */
const besides = { cache_prompt: true, return_progress: true };

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '300' }, json: { type: 'boolean', default: false } },
});

const llama = await LlamaServers.open();
try {
  const { address, port } = (await llama.head({ slots: 1 })).instance('bench');
  const server = `http://${address}:${port}`;
  const agent = await startReal({
    env: {
      EXPERTS: JSON.stringify([{ name: 'bench', dialect: 'llama', url: server }]),
      LLM_BASE_URL: `${server}/v1`,
      TWIN_LOG_LEVEL: 'warn',
    },
    enough: ({ status, experts }) => status !== 'starting' && experts.some(({ name, ok }) => name === 'bench' && ok),
  });
  try {
    const figures = await measure(
      { url: `${agent.endpoint}/v1/chat/completions`, key: agent.key, body: { ...asked, model: 'expert:bench' } },
      { url: `${server}/v1/chat/completions`, key: '', body: { ...asked, ...besides } },
      Number(values.requests),
    );
    await finish('gateway', figures, {
      quick: false,
      json: values.json,
      file: join(ROOT, 'out', 'bench-gateway.json'),
    });
  } finally {
    await agent.stop();
  }
} finally {
  await llama.close();
}

/** Asks both in turn, each round in the other order; the server is asked twice, which shows how far it differs from itself. */
async function measure(gateway: Question, direct: Question, requests: number): Promise<Figure[]> {
  const rounds: { through: number; straight: number; again: number }[] = [];
  for (let i = -WARM_UP; i < requests; i++) {
    const round = { through: 0, straight: 0, again: 0 };
    const order: (keyof typeof round)[] = ['through', 'straight', 'again'];
    if (i % 2 === 0) order.reverse();
    for (const way of order) round[way] = await firstByteMs(way === 'through' ? gateway : direct);
    if (i >= 0) rounds.push(round);
  }
  const through = rounds.map((round) => round.through);
  const straight = rounds.map((round) => round.straight);
  const more = rounds.map((round) => round.through - round.straight);
  const itself = rounds.map((round) => round.again - round.straight);
  return [
    plain(`first byte through the gateway, p50 and p99 of ${requests}`, through),
    plain(`first byte of llama-server itself, p50 and p99 of ${requests}`, straight),
    plain('difference between two requests to llama-server, p50 and p99', itself),
    atMost('the gateway adds, p50', quantile(more, 0.5), 1, 'ms', { rounds }),
    atMost('the gateway adds, p99', quantile(more, 0.99), 5, 'ms'),
  ];
}

function plain(name: string, values: readonly number[]): Figure {
  const ms = (q: number): string => quantile(values, q).toFixed(2);
  return { name, value: `${ms(0.5)} and ${ms(0.99)} ms`, goal: '–', met: null };
}
