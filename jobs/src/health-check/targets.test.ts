import { describe, expect, it } from 'vitest';
import type { Instance } from '../consul-agent.js';
import { anyFailed, table } from './table.js';
import { targets } from './targets.js';

const instance = (id: string): Instance => ({ id, node: 'pc1', address: '10.0.0.1', port: 1, meta: {}, passing: true });
const none = new Map<string, never>();

describe('what the health check looks at', () => {
  it('every instance of every expert, in order of their names', () => {
    const services = new Map([
      ['llama-api-writing', [instance('w1'), instance('w2')]],
      ['llama-api-main', [instance('m1')]],
    ]);
    const found = targets(services, none, none);
    expect(found.map(({ expert, kind }) => [expert, kind])).toEqual([
      ['main', 'instance'],
      ['writing', 'instance'],
      ['writing', 'instance'],
    ]);
  });

  it.each([
    ['pipecat/power/llama-api-main', '{"state":"asleep","ports":[1]}'],
    ['pipecat/power/llama-api-main', 'state=asleep'],
    ['pipecat/power/llama-api-main/state', 'asleep'],
  ])('an expert that sleeps is listed (%s = %s)', (key, value) => {
    expect(targets(none, new Map([[key, value]]), none)).toEqual([{ kind: 'asleep', expert: 'main' }]);
  });

  it('one that is awake again, or has an idle time only, is not asleep', () => {
    const power = new Map([
      ['pipecat/power/llama-api-main', '{"state":"awake"}'],
      ['pipecat/power/llama-api-main/idle_seconds', '600'],
    ]);
    expect(targets(none, power, none)).toEqual([]);
  });

  it('one that has instances counts as awake whatever the store says', () => {
    const services = new Map([['llama-api-main', [instance('m1')]]]);
    const found = targets(services, new Map([['pipecat/power/llama-api-main', 'asleep']]), none);
    expect(found.map(({ kind }) => kind)).toEqual(['instance']);
  });

  it('one that left a state and has no instance is absent, with its own words', () => {
    const experts = new Map([
      ['pipecat/experts/main', '{"model":"","error":"None of the 3 models serves:\\n  a: …"}'],
      ['pipecat/experts/main/bench', '{"prompt_tps":1}'],
      ['pipecat/experts/writing', 'not JSON'],
    ]);
    expect(targets(none, none, experts)).toEqual([
      { kind: 'absent', expert: 'main', why: 'None of the 3 models serves:' },
      { kind: 'absent', expert: 'writing', why: 'it has no instance in Consul' },
    ]);
  });
});

it('the table has a line per row, in columns, and knows a failure', () => {
  const ok = { expert: 'main', node: 'pc1', model: 'small', ms: '41', degraded: 'yes', verdict: 'ok' };
  const failed = { ...ok, expert: 'writing', degraded: 'no', verdict: 'failed: no TCP connection (ECONNREFUSED)' };
  expect(table([ok, failed])).toBe(
    [
      'expert   node  model  ms  degraded  verdict',
      'main     pc1   small  41  yes       ok',
      'writing  pc1   small  41  no        failed: no TCP connection (ECONNREFUSED)',
    ].join('\n'),
  );
  expect(anyFailed([ok, { ...ok, verdict: 'asleep' }])).toBe(false);
  expect(anyFailed([ok, failed])).toBe(true);
});
