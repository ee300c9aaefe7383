import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { openPowerCluster, type PowerCluster } from '../cluster/power-cluster.fixture.js';
import { approvalStage } from '../tools/approval/approvals.fixture.js';
import { powerTool } from '../tools/power/power.js';
import { Reflex } from './reflex/reflex.js';
import { wholeSession } from './whole-session.fixture.js';

const FILE = fileURLToPath(new URL('../../../prompts/commands.yaml', import.meta.url));
const reflex = new Reflex(FILE);

describe('without a language model', () => {
  test.each([
    ['Wake the coding expert.', 'power.wake', { job: 'coding' }],
    ['wake up the coding expert please', 'power.wake', { job: 'coding' }],
    ['Hey Twin, could you wake the creative expert up?', 'power.wake', { job: 'creative' }],
    ['Put the creative expert to sleep.', 'power.sleep', { job: 'creative' }],
    ['send the creative expert to bed', 'power.sleep', { job: 'creative' }],
    ['let the math expert sleep', 'power.sleep', { job: 'math' }],
    ['Is the creative expert asleep?', 'power.status', { service: 'creative' }],
    ['is the coding expert awake', 'power.status', { service: 'coding' }],
    ['Why is the coding expert awake?', 'power.status', { service: 'coding' }],
    ['Which experts are asleep?', 'power.status', {}],
    ['is any expert asleep', 'power.status', {}],
  ])('%s → %s', (text, call, args) => {
    const found = reflex.understand(text);
    expect(found).toMatchObject({ call });
    expect(found?.args).toEqual(args);
  });

  test.each([
    ['wake me at seven', 'timer.set'],
    ['are you awake', 'status.report'],
  ])('%s stays %s', (text, call) => {
    expect(reflex.understand(text)).toMatchObject({ call });
  });

  test.each([
    'wake up the kids',
    'is the baby asleep',
    'put the baby to sleep',
    'how do I put a baby to sleep',
    'what does a sleep expert do',
    'who is an expert on sleep',
    'why is the expert awake at night',
  ])('%s is conversation', (text) => {
    expect(reflex.understand(text)?.call ?? '').not.toMatch(/^power/);
  });
});

describe('spoken', () => {
  let cluster: PowerCluster;
  beforeEach(async () => {
    cluster = await openPowerCluster();
  });
  afterEach(() => cluster.close());

  /** The commands of the real file that are about power. */
  function session() {
    const gate = approvalStage();
    const { commands } = parse(readFileSync(FILE, 'utf8')) as { commands: { call?: string; say: string[] }[] };
    const ours = commands.filter(({ call }) => call?.startsWith('power.')) as { call: string; say: string[] }[];
    const whole = wholeSession(ours, () => [powerTool(cluster.parts)], {
      approvals: gate.approvals,
      now: () => gate.now(),
      consent: { consent: gate.approvals },
    });
    return { ...whole, gate };
  }

  test('sleeping asks first, is done after a spoken yes, and the expert is woken by its name', async () => {
    const { say, said, gate } = session();
    await say('put the creative expert to sleep', 12_000);
    expect(said().join(' ')).toMatch(/^I need your consent\. Puts creative to sleep\. .* Do you agree\?$/);
    expect(await cluster.wanted('creative-expert')).toBe(1);
    await say('yes');
    await gate.settle();
    await expect.poll(() => cluster.wanted('creative-expert')).toBe(0);
    await say('is the creative expert asleep');
    expect(said().join(' ')).toContain('The creative expert has been asleep for');
    await say('wake the creative expert');
    await expect.poll(() => cluster.wanted('creative-expert')).toBe(1);
  });

  test('a spoken no leaves it awake', async () => {
    const { say, said } = session();
    await say('put the coding expert to sleep');
    said();
    await say('no');
    expect(await cluster.wanted('coding-expert')).toBe(1);
    await say('is the coding expert asleep');
    expect(said().join(' ')).toContain('The coding expert is awake.');
  });
});
