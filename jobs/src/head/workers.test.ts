import { describe, expect, it } from 'vitest';
import type { Instance } from '../consul-agent.js';
import { checkBuild } from './build.js';
import { refuseMixed, waitForWorkers } from './workers.js';

const worker = (node: string, build = '3.22.1', passing = true): Instance => ({
  id: node,
  node,
  address: '10.0.0.1',
  port: 30_000,
  meta: { build },
  passing,
});

/** A Consul that gives these answers one after the other, then the last one when the wait is over. */
function consulWith(...answers: Instance[][]) {
  const asked: { index?: number; waitS?: number }[] = [];
  return {
    asked,
    instances: async (_service: string, how: { index?: number; waitS?: number } = {}) => {
      asked.push(how);
      const instances = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
      return { instances, index: asked.length };
    },
  };
}

const WANTED = { service: 'writing-expert-rpc', count: 2, waitS: 30, buildId: '3.22.1' };
const signal = new AbortController().signal;

describe('waiting for RPC workers', () => {
  it('asks nobody when none is wanted', async () => {
    const consul = consulWith([]);
    expect(await waitForWorkers(consul, { ...WANTED, count: 0 }, signal)).toEqual([]);
    expect(consul.asked).toEqual([]);
  });

  it('waits for a change until enough are there, and orders them by node', async () => {
    const consul = consulWith([], [worker('pc2')], [worker('pc2'), worker('pc1')]);
    const workers = await waitForWorkers(consul, WANTED, signal);
    expect(workers.map(({ node }) => node)).toEqual(['pc1', 'pc2']);
    expect(consul.asked[1]).toMatchObject({ index: 1, waitS: 30 });
  });

  it('takes no more than wanted, and none that does not pass', async () => {
    const consul = consulWith([worker('pc3'), worker('pc1', '3.22.1', false), worker('pc4'), worker('pc2')]);
    const workers = await waitForWorkers(consul, WANTED, signal);
    expect(workers.map(({ node }) => node)).toEqual(['pc2', 'pc3']);
  });

  it('goes on with those present when the time is over', async () => {
    const workers = await waitForWorkers(consulWith([worker('pc1')]), { ...WANTED, waitS: 0 }, signal);
    expect(workers).toHaveLength(1);
  });

  it('refuses a mixed set at once, without waiting for the others', async () => {
    const consul = consulWith([worker('pc1', '3.20.0')]);
    await expect(waitForWorkers(consul, WANTED, signal)).rejects.toMatchObject({
      code: 'TWIN_EXPERT_BUILD',
      message: expect.stringContaining('pc1 port 30000 has 3.20.0'),
    });
    expect(consul.asked).toHaveLength(1);
  });
});

it('a worker that does not say its build counts as another', () => {
  expect(() => refuseMixed([{ ...worker('pc1'), meta: {} }], '3.22.1')).toThrow('no build id');
  expect(() => refuseMixed([worker('pc1')], '3.22.1')).not.toThrow();
});

describe('the build of this node', () => {
  const told = { llamaDir: '/llama', buildId: '3.22.1' };
  it('is read from the line of its BUILD file', () => {
    expect(() => checkBuild('build 3.22.1\nclass core2\n', told)).not.toThrow();
  });
  it.each(['', 'build 3.22.10\n', 'rebuild 3.22.1\n'])('is refused when it says %j', (text) => {
    expect(() => checkBuild(text, told)).toThrow(expect.objectContaining({ code: 'TWIN_EXPERT_BUILD' }));
  });
});
