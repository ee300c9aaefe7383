/// <reference lib="dom" />
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { findings, LOOKS, sideways } from './accessible.js';
import { oneBrowser } from './one-browser.js';
import { ScriptedCluster } from './scripted-cluster.js';
import type { Stage } from './stage.js';

const { scripted } = oneBrowser();
let stage: Stage;
let cluster: ScriptedCluster;
let page: Page;

// Before the stage, whose server waits for the logs that it follows.
afterEach(() => cluster.close());

async function open(options: BrowserContextOptions = {}, change: (its: ScriptedCluster) => void = () => {}) {
  stage = await scripted({
    ...options,
    path: '/#/cluster',
    before: (server) => {
      cluster = new ScriptedCluster(server);
      change(cluster);
    },
  });
  page = stage.page;
  await page.locator('.tile').first().waitFor();
}

const tile = (name: string) => page.locator('.tile').filter({ has: page.getByRole('heading', { name, exact: true }) });
const button = (name: string) => page.getByRole('button', { name, exact: true });

it('shows every state as a word, and the figures of an expert', async () => {
  await open();
  const words = await page
    .locator('section', { has: page.locator('#experts') })
    .locator('.tile-state')
    .allTextContents();
  expect(words.map((word) => word.replace(/^\S+ /, ''))).toEqual([
    'Awake',
    'Degraded',
    'Loading',
    'Asleep',
    'Lost',
    'Awake',
  ]);
  const text = await tile('main').textContent();
  for (const part of ['qwen2.5-0.5b-instruct-q4_0', 'attic', '1 of 2 busy', '6.4 tok/s']) expect(text).toContain(part);
  expect(await tile('workshop').textContent()).toContain('Is it switched on');
  cluster.experts = cluster.experts.map((one) =>
    one.name === 'home' ? { ...one, state: 'awake', words: 'It answers.' } : one,
  );
  await tile('home').getByText('It answers.').waitFor();
});

it('is reached from the page Talk and left again by keyboard alone', async () => {
  await open();
  const link = page.getByRole('link', { name: 'Talk' });
  await link.focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Message to Twin').waitFor();
  expect(await page.title()).toMatch(/^Talk/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.tile').first().waitFor();
  expect(await page.title()).toMatch(/^Cluster/);
  await page.locator('h2').first().click();
  await page.keyboard.press('Space');
  expect(stage.session.messages).toEqual([]);
});

it('says how to get a cluster where there is none', async () => {
  await open({}, (its) => {
    Object.assign(its, { nomad: 'off', words: 'There is no cluster yet. Make one with `npm run cluster`.', jobs: [] });
    its.experts = its.experts.slice(-1);
  });
  await page.getByText('npm run cluster').waitFor();
  expect(await button('Deploy…').count()).toBe(0);
});

it('lets viewers look only', async () => {
  await open({}, (its) => {
    its.role = 'viewer';
  });
  await page.getByText('need the role operator').waitFor();
  expect(await button('Stop llamacpp-rpc').count()).toBe(0);
  expect(await button('Log of llamacpp-rpc').count()).toBeGreaterThan(0);
});

describe('a change', () => {
  it('is deployed by keyboard alone: filled in, shown as a difference, run with a second press', async () => {
    await open();
    await button('Deploy…').focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('build_id').waitFor();
    expect(await page.getByLabel('node_path').count()).toBe(0);
    await page.getByLabel('job_name').focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('math-expert');
    await page.keyboard.press('Tab');
    await page.keyboard.type('3.22.1');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What would change in math-expert' }).waitFor();
    expect(cluster.asked).toEqual([
      ['/api/jobs/plan', { template: 'llama-expert', variables: { job_name: 'math-expert', build_id: '3.22.1' } }],
    ]);
    expect(await page.getByLabel('Difference').textContent()).toContain('group "head"');
    await page.getByText('Group head: Nomad starts 1.').waitFor();
    for (let i = 0; i < 10 && (await page.evaluate(() => document.activeElement?.textContent)) !== 'Run this'; i++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(cluster.asked.at(-1)).toEqual(['/api/jobs', { plan: 'p1', modify_index: 0 }]);
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Deploy…');
    await page.getByText('math-expert is being started.').waitFor({ state: 'attached' });
  });

  it('keeps what was filled in when one goes back, and drops it with another template', async () => {
    await open();
    await button('Deploy…').click();
    await page.getByLabel('build_id').fill('3.22.1');
    await button('Show the plan').click();
    await button('Back').click();
    expect(await page.getByLabel('build_id').inputValue()).toBe('3.22.1');
    await page.getByRole('combobox').selectOption('health-check');
    await page.getByRole('combobox').selectOption('llama-expert');
    expect(await page.getByLabel('build_id').inputValue()).toBe('');
  });

  it('scales to what was shown, and stops', async () => {
    await open();
    await button('Scale llamacpp-rpc').click();
    await page.getByLabel('How many are wanted').fill('0');
    await button('Show the plan').click();
    await button('Scale to 0').click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await button('Stop llamacpp-rpc').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop llamacpp-rpc' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(cluster.asked).toEqual([
      ['/api/jobs/plan', { job: 'llamacpp-rpc', group: 'head', count: 0 }],
      ['/api/jobs/llamacpp-rpc/scale', { group: 'head', count: 0, modify_index: 0 }],
      ['/api/jobs/plan', { job: 'llamacpp-rpc', stop: true }],
      ['/api/jobs/llamacpp-rpc/stop', { modify_index: 0 }],
    ]);
  });

  it('that is refused is told in words, and has to be planned again', async () => {
    await open();
    cluster.refusal = { status: 409, error: { message: 'Job x has changed.', next: 'Look at the new plan.' } };
    await button('Scale llamacpp-rpc').click();
    await button('Show the plan').click();
    await button('Scale to 1').click();
    expect(await page.getByRole('dialog').getByRole('alert').textContent()).toBe(
      'Job x has changed. Look at the new plan.',
    );
    await button('Show the plan').waitFor();
  });
});

describe('the log', () => {
  const lines = () => page.locator('.log-lines');

  it('follows, pauses for a reader, and goes on', async () => {
    await open();
    await tile('llamacpp-rpc').getByRole('button', { name: 'Log of llamacpp-rpc' }).click();
    await lines().getByText('Task head of group head on attic').waitFor();
    cluster.write('old line\n'.repeat(200), 1800);
    await lines().getByText('old line').waitFor();
    const atEnd = () => lines().evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight < 40);
    await expect.poll(atEnd).toBe(true);
    await lines().evaluate((e) => e.scrollTo(0, 0));
    await page.getByText('Paused while you read').waitFor();
    cluster.write('newest line\n', 1812);
    await lines().getByText('newest line').waitFor();
    expect(await atEnd()).toBe(false);
    await button('Newest line').click();
    await expect.poll(atEnd).toBe(true);
  });

  it('survives a broken connection without losing or doubling a line', async () => {
    await open();
    await tile('llamacpp-rpc').getByRole('button', { name: 'Log of llamacpp-rpc' }).click();
    await lines().getByText('Task head').waitFor();
    cluster.write('one\n', 4);
    await lines().getByText('one').waitFor();
    cluster.break();
    await expect.poll(() => cluster.readers).toEqual(['', 'a.4.0']);
    cluster.write('two\n', 8);
    await lines().getByText('two').waitFor();
    expect(await lines().textContent()).toMatch(/^Task head[^\n]*\.one\ntwo\n$/);
  });
});

describe.each(LOOKS)('%s', (_, options) => {
  it('is accessible with tiles, a log and a plan', async () => {
    await open(options);
    await tile('llamacpp-rpc').getByRole('button', { name: 'Log of llamacpp-rpc' }).click();
    await page.locator('.log-lines').getByText('Task head').waitFor();
    cluster.write(`${'word'.repeat(60)}\n`, 240);
    expect(await findings(page)).toEqual([]);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    await button('Deploy…').click();
    await page.getByLabel('build_id').fill('1');
    expect(await findings(page)).toEqual([]);
    await button('Show the plan').click();
    await page.getByLabel('Difference').waitFor();
    expect(await findings(page)).toEqual([]);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
  });
});
