import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FarConsul, farIs, startFarConsul } from './far-consul.js';
import { FarNetwork } from './far-network.js';
import { type Head, LlamaServers } from './llama-servers.js';
import { alive } from './server-process.js';
import { type Servers, startServers } from './servers.js';
import { until } from './until.js';
import { WatchedAgent } from './watched-agent.js';

const QUESTION = 'Tell me the history of the Roman Empire.';
const TOKENS = 60;
const CUT_AFTER = 12;

/** Two nodes: this one with Consul's server and a degraded head, and one behind a cable, whose head is preferred. */
describe('a node whose network goes', () => {
  let network: FarNetwork;
  let servers: Servers;
  let llama: LlamaServers;
  let far: FarConsul;
  let farHead: Head;
  let agent: WatchedAgent;

  beforeAll(async () => {
    network = await FarNetwork.open();
    servers = await startServers({ only: 'consul', bind: network.here });
    llama = await LlamaServers.open();
    await register(await llama.head());
    farHead = await llama.head({ inside: { command: network.inside, address: network.there } });
    far = await startFarConsul(servers, network, farHead);
    agent = await WatchedAgent.start(servers.consul);
  });
  afterAll(close);

  async function close(): Promise<void> {
    await agent?.stop();
    await far?.close();
    await llama?.close();
    await servers?.close();
    await network?.close();
  }

  async function register(head: Head): Promise<void> {
    const { address, port, meta, service } = head.instance('main');
    const body = JSON.stringify({
      ID: 'near-head',
      Name: service,
      Address: address,
      Port: port,
      Meta: { ...meta, degraded: 'true' },
      Check: { TTL: '1h', Status: 'passing' },
    });
    const response = await fetch(`${servers.consul}/v1/agent/service/register`, { method: 'PUT', body });
    expect(response.status).toBe(200);
  }

  /** Nodes on the way of a typed question. */
  const nodes = async (): Promise<string[]> =>
    (await agent.typed('Tell me about bees.')).routes.map(({ node }) => node);
  const instances = async (): Promise<number> => {
    const { experts } = await agent.health(() => true);
    return experts.find(({ name }) => name === 'main')?.detail.match(/ on /g)?.length ?? 0;
  };

  it('the answer that was under way goes on, word by word, at the other node', async () => {
    await until('Both heads at the agent', async () => (await instances()) === 2);
    expect(await nodes()).toEqual(['far']);
    const whole = await agent.chat('main', QUESTION, { maxTokens: TOKENS });
    expect(whole.done).toBe(true);

    let cut = 0;
    let last = 0;
    let gapMs = 0;
    const onText = (pieces: number): void => {
      const now = performance.now();
      if (cut > 0) gapMs = Math.max(gapMs, now - last);
      if (pieces === CUT_AFTER) {
        network.cut();
        cut = pieces;
      }
      last = performance.now();
    };
    const disturbed = await agent.chat('main', QUESTION, { maxTokens: TOKENS, onText });
    console.log(`cut after piece ${cut}; the next piece came at most ${Math.round(gapMs)} ms after another`);
    expect(disturbed.comments.map((comment) => comment.split(' ')[0])).toEqual(['chosen', 'lost', 'chosen']);
    expect(disturbed.text).toBe(whole.text);
    expect(disturbed.done).toBe(true);
    expect(gapMs).toBeLessThan(6000);
  });

  it('questions are answered here while it is gone, whether Consul has noticed yet or not', async () => {
    expect((await nodes()).at(-1)).toBe('loopback');
    await farIs(servers, false);
    await until('Its loss at the agent', async () => (await nodes()).join() === 'loopback');
    expect(alive(farHead.pid)).toBe(true);
  });

  it('it is used again when its network is back, without a restart of anything', async () => {
    network.restore();
    await farIs(servers, true);
    await until('Its return at the agent', async () => (await nodes()).join() === 'far', { patienceMs: 120_000 });
    expect((await agent.chat('main', QUESTION, { maxTokens: TOKENS })).comments).toHaveLength(1);
  });

  it('nothing of it is left at the end', async () => {
    const { pid, folder } = far;
    await close();
    expect([pid, farHead.pid, agent.server.pid].filter(alive)).toEqual([]);
    expect([folder, servers.folder, agent.server.home].filter(existsSync)).toEqual([]);
    expect(await network.exists()).toBe(false);
  });
});
