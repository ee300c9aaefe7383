/**
 * What the warm gateway adds to the first byte of an answer: the same question, in turn to the agent's `/v1`, to the
 * expert's llama-server itself, and to a proxy that does nothing else. Clients that keep their connection, as OpenAI's do,
 * and clients that make a new one are told apart. `npm run bench:gateway -- [--requests 300] [--warm-up 60] [--json]`.
 */
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LlamaServers } from '../cluster/llama-servers.js';
import { startServer } from './child-server.js';
import { firstByteMs, type Question } from './first-byte.js';
import { quantile } from './quantiles.js';
import { atMost, type Figure, finish } from './report.js';
import { ROOT, startReal } from './servers.js';

/** Between an answer and the next question. */
const PAUSE_MS = 5;
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
  options: {
    requests: { type: 'string', default: '300' },
    /** Rounds before the first that counts: they fill the slot and warm the code. */
    'warm-up': { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
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
  const proxy = join(ROOT, 'testing', 'dist', 'bench', 'proxy-server.js');
  const bare = await startServer([process.execPath, proxy], { UPSTREAM: server }, (endpoint) => ({
    endpoint,
    key: '',
  }));
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const path = '/v1/chat/completions';
    const gateway = { url: agent.endpoint + path, key: agent.key, body: { ...asked, model: 'expert:bench' } };
    const direct = { url: server + path, key: '', body: { ...asked, ...besides } };
    const through = { ...direct, url: bare.endpoint + path };
    const figures = await measure(
      {
        direct,
        again: direct,
        gateway,
        'kept gateway': { ...gateway, kept },
        bare: through,
        'kept bare': { ...through, kept },
      },
      Number(values.requests),
      Number(values['warm-up']),
    );
    await finish('gateway', figures, {
      quick: false,
      json: values.json,
      file: join(ROOT, 'out', 'bench-gateway.json'),
    });
  } finally {
    kept.destroy();
    await Promise.all([agent.stop(), bare.stop()]);
  }
} finally {
  await llama.close();
}

type Ways = 'direct' | 'again' | 'gateway' | 'kept gateway' | 'bare' | 'kept bare';

/**
 * Asks every way once a round, in an order of chance, because what was asked last is still being put away; the server
 * twice, which shows how far it differs from itself.
 */
async function measure(asks: Record<Ways, Question>, requests: number, warmUp: number): Promise<Figure[]> {
  const ways = Object.keys(asks) as Ways[];
  const rounds: Record<Ways, number>[] = [];
  for (let i = -warmUp; i < requests; i++) {
    const round = {} as Record<Ways, number>;
    const order = ways.map((way) => ({ way, at: Math.random() })).sort((a, b) => a.at - b.at);
    for (const { way } of order) {
      round[way] = await firstByteMs(asks[way]);
      await delay(PAUSE_MS);
    }
    if (i >= 0) rounds.push(round);
  }
  const of = (way: Ways): number[] => rounds.map((round) => round[way]);
  const more = (way: Ways): number[] => rounds.map((round) => round[way] - round.direct);
  return [
    plain(`first byte of llama-server itself, p50 and p99 of ${requests}`, of('direct')),
    plain('the same through the gateway, client keeps its connection', of('kept gateway')),
    plain('llama-server against itself, p50 and p99 of the differences', more('again')),
    plain('a bare proxy adds, new connection', more('bare')),
    plain('a bare proxy adds, kept connection', more('kept bare')),
    atMost('the gateway adds, new connection, p50', quantile(more('gateway'), 0.5), 1, 'ms', { rounds }),
    atMost('the gateway adds, new connection, p99', quantile(more('gateway'), 0.99), 5, 'ms'),
    atMost('the gateway adds, kept connection, p50', quantile(more('kept gateway'), 0.5), 1, 'ms'),
    atMost('the gateway adds, kept connection, p99', quantile(more('kept gateway'), 0.99), 5, 'ms'),
  ];
}

function plain(name: string, values: readonly number[]): Figure {
  const ms = (q: number): string => quantile(values, q).toFixed(2);
  return { name, value: `${ms(0.5)} and ${ms(0.99)} ms`, goal: '–', met: null };
}
