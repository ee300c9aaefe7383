import { HashiError } from '@twin/hashi/errors.js';
import { expect, test } from 'vitest';
import type { Clock } from '../experts/clock.js';
import { PowerBoard } from './power-board.js';

/** Timers go on by one tick of the event loop each. */
function quick(): Clock {
  let now = 0;
  return {
    now: () => now,
    after: (ms, run) => {
      const handle = setImmediate(() => {
        now += ms;
        run();
      });
      return () => clearImmediate(handle);
    },
  };
}

const board = (kv?: { list: (prefix: string) => Promise<never[]> }) =>
  new PowerBoard({
    kv: kv && (async () => kv as never),
    experts: async () => ({ experts: [] }),
    clock: quick(),
    now: () => 5000,
  });

test('without a cluster it says how to get one', async () => {
  expect(await board().look()).toMatchObject({ consul: 'off', words: expect.stringContaining('npm run cluster') });
});

test('without any power agent it says how to run one', async () => {
  const answer = await board({ list: async () => [] }).look();
  expect(answer).toMatchObject({ consul: 'ok', agents: 0, words: expect.stringContaining('power-agent.nomad.hcl') });
});

test('a Consul that does not answer is told in words, and asked again', async () => {
  let fails = true;
  const its = board({
    list: async () => {
      if (fails)
        throw new HashiError('TWIN_CONSUL_UNREACHABLE', 'GET', 'Consul does not answer.', { next: 'Check it.' });
      return [];
    },
  });
  expect(await its.look()).toMatchObject({ consul: 'failed', words: 'Consul does not answer. Check it.' });
  fails = false;
  its.changed();
  expect(await its.look()).toMatchObject({ consul: 'ok' });
});

test('who follows is told what changes, and that time goes on, and nothing else', async () => {
  let entries: { key: string; value: string }[] = [];
  let asked = 0;
  const its = board({
    list: async (prefix) => {
      if (prefix === 'pipecat/power/') asked++;
      if (asked === 4) entries = [{ key: 'pipecat/power/plain/idle_seconds', value: '60' }];
      return (prefix === 'pipecat/power/' ? entries : []) as never[];
    },
  });
  const stop = new AbortController();
  const seen: [number, number][] = [];
  for await (const { services } of its.follow(stop.signal)) {
    seen.push([asked, services.length]);
    if (seen.length === 3) stop.abort();
  }
  // At once, with the key at the fourth look, and ten seconds after that.
  expect(seen).toEqual([
    [1, 0],
    [4, 1],
    [14, 1],
  ]);
});
