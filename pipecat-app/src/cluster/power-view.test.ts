import { POWER_HISTORIES, POWER_REPORTS, type PowerReport } from '@twin/hashi/power/power-report.js';
import { expect, test } from 'vitest';
import { type PowerSources, powerView } from './power-view.js';

const NOW = 1_700_000_000_000;
const entry = (key: string, value: unknown) => ({
  key,
  value: typeof value === 'string' ? value : JSON.stringify(value),
});
const report = (more: Partial<PowerReport> = {}): PowerReport => ({
  at: NOW - 2000,
  source: 'bpf',
  sees: true,
  words: 'It sees.',
  idle_seconds: 1800,
  quiet_hours: '',
  quiet: false,
  used_wh: 100,
  budget_wh: 0,
  services: [],
  shares: {},
  answers: {},
  ...more,
});
const view = (more: Partial<PowerSources>) =>
  powerView({ power: [], reports: [], histories: [], experts: [], now: NOW, ...more });
const verdict = (service: string, state: string, reason: string) => ({
  service,
  state,
  act: 'keep',
  reason,
  idle_seconds: 60,
});

test('an expert is there without any power agent, and nobody says why it is awake', () => {
  const { agents, services, nodes } = view({
    experts: [
      { name: 'coding', job: 'coding-expert', state: 'awake', place: 'cluster' },
      { name: 'far', job: '', state: 'awake', place: 'outside' },
    ],
  });
  expect([agents, nodes]).toEqual([0, []]);
  expect(services).toMatchObject([
    {
      service: 'llama-api-coding',
      name: 'coding',
      job: 'coding-expert',
      state: 'awake',
      reason: '',
      idle_seconds: null,
    },
  ]);
});

test('keys say who sleeps and what is set; agents say why, after how long, and what it took', () => {
  const key = (what: string, value: unknown) => entry(`pipecat/power/llama-api-coding/${what}`, value);
  const { services } = view({
    power: [
      key('state', { state: 'asleep', job: 'coding-expert', at: NOW - 60_000, by: 'power-agent attic' }),
      key('idle_seconds', '600'),
      key('policy', { sleep: false, wake_at: '06:30', min_awake_seconds: 5 }),
      key('lease/bench', { until: NOW + 1000, by: 'bench' }),
      key('lease/old', { until: NOW - 1000, by: 'old' }),
    ],
    reports: [
      entry(
        `${POWER_REPORTS}attic`,
        report({
          services: [verdict('llama-api-coding', 'asleep', 'nobody needs it')],
          shares: { 'llama-api-coding': 3 },
          answers: { 'llama-api-coding': 2 },
        }),
      ),
      entry(
        `${POWER_REPORTS}cellar`,
        report({ shares: { 'llama-api-coding': 4 }, answers: { 'llama-api-coding': 5 } }),
      ),
    ],
  });
  expect(services).toEqual([
    {
      service: 'llama-api-coding',
      name: 'coding',
      job: 'coding-expert',
      state: 'asleep',
      reason: 'nobody needs it',
      idle_seconds: 600,
      own_threshold: true,
      may_sleep: false,
      wake_at: '06:30',
      min_awake_seconds: 5,
      leases: [{ until: NOW + 1000, by: 'bench' }],
      wh: 7,
      answers: 7,
      spans: [{ state: 'asleep', from: NOW - 60_000, to: NOW, why: 'by power-agent attic' }],
    },
  ]);
});

test('a reason that was given for another state is not shown', () => {
  const { services } = view({
    power: [entry('pipecat/power/plain/state', { state: 'waking', job: 'plain', at: NOW, by: 'x' })],
    reports: [entry(`${POWER_REPORTS}attic`, report({ services: [verdict('plain', 'asleep', 'nobody needs it')] }))],
  });
  expect(services).toMatchObject([{ state: 'waking', reason: '', idle_seconds: 60, own_threshold: false }]);
});

test('a node whose agent is silent says so; nobody takes its last word for a reason or a sum of today', () => {
  const { agents, services, nodes } = view({
    power: [entry('pipecat/power/node/cellar/policy', { wol: true })],
    reports: [
      entry(`${POWER_REPORTS}attic`, report()),
      entry(`${POWER_REPORTS}cellar`, report({ at: NOW - 60_000, services: [verdict('plain', 'awake', 'old')] })),
    ],
    histories: [
      entry(`${POWER_HISTORIES}cellar`, {
        changes: [{ of: 'node', name: 'cellar', state: 'awake', at: NOW - 100_000, why: 'Its power agent tells.' }],
      }),
    ],
  });
  expect([agents, services]).toEqual([1, []]);
  expect(nodes).toMatchObject([
    { node: 'attic', state: 'awake', words: 'It sees.', sees: true, wol: false },
    { node: 'cellar', state: 'silent', sees: false, wol: true, wh: 100 },
  ]);
  expect(nodes[1]?.spans.map(({ state, from }) => [state, NOW - from])).toEqual([
    ['awake', 100_000],
    ['silent', 60_000],
  ]);
});

test('a node that was suspended is off, and says why, until somebody wakes it', () => {
  const off = { state: 'off', reason: 'nothing runs on it', at: NOW - 40_000, by: 'power-agent cellar' };
  const reports = [entry(`${POWER_REPORTS}cellar`, report({ at: NOW - 41_000 }))];
  const nodes = (state: object) => view({ power: [entry('pipecat/power/node/cellar/state', state)], reports }).nodes;
  expect(nodes(off)).toMatchObject([
    { state: 'off', words: 'nothing runs on it', spans: [{ state: 'off', from: NOW - 40_000, to: NOW }] },
  ]);
  expect(nodes({ ...off, state: 'waking', reason: 'coding needs it' })).toMatchObject([
    { state: 'waking', words: 'coding needs it' },
  ]);
});

test('what cannot be read is left out', () => {
  const { services, nodes } = view({
    power: [entry('pipecat/power/plain/idle_seconds', 'soon'), entry('pipecat/power/plain/policy', '{')],
    reports: [entry(`${POWER_REPORTS}attic`, '{"at": 1}')],
    histories: [entry(`${POWER_HISTORIES}attic`, '[]')],
  });
  expect(nodes).toEqual([]);
  expect(services).toMatchObject([{ service: 'plain', idle_seconds: null, may_sleep: true, state: 'awake' }]);
});
