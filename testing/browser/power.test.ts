/// <reference lib="dom" />
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { findings, LOOKS, sideways } from './accessible.js';
import { oneBrowser } from './one-browser.js';
import { request, ScriptedApprovals } from './scripted-approvals.js';
import { ScriptedPower } from './scripted-power.js';
import type { Stage } from './stage.js';

const { scripted } = oneBrowser();
let stage: Stage;
let power: ScriptedPower;
let approvals: ScriptedApprovals;
let page: Page;

// Before the stage, whose server waits for the streams that it follows.
afterEach(() => power.close());

async function open(options: BrowserContextOptions = {}, change: (its: ScriptedPower) => void = () => {}) {
  stage = await scripted({
    ...options,
    path: '/#/power',
    before: (server) => {
      approvals = new ScriptedApprovals(server);
      power = new ScriptedPower(server);
      change(power);
    },
  });
  page = stage.page;
  await page.getByRole('heading', { name: 'Power', exact: true }).waitFor();
}

const tile = (name: string) => page.locator('.tile').filter({ has: page.getByRole('heading', { name, exact: true }) });
const state = (name: string, word: string) => tile(name).locator('.tile-state', { hasText: word }).waitFor();
const button = (name: string) => page.getByRole('button', { name, exact: true });
const focused = () =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent);
/** Tab, until the focus is on what is called so. */
async function tabTo(name: string): Promise<void> {
  for (let i = 0; i < 80 && (await focused()) !== name; i++) await page.keyboard.press('Tab');
  expect(await focused()).toBe(name);
}

it('says who is awake and why, after how long it sleeps, and what it takes', async () => {
  await open();
  await tile('coding').waitFor();
  const text = await tile('coding').textContent();
  for (const part of [
    'Awake because benchmark holds a lease',
    '30 min without work, like all',
    '61.4 Wh',
    '1.66 Wh, of 37 today',
    'by benchmark until',
  ])
    expect(text).toContain(part);
  expect(await tile('creative').textContent()).toContain('Asleep because nobody needs it');
  expect(await tile('attic').textContent()).toContain('413 Wh of 900 Wh');
  await page.getByText('533 Wh today on 2 nodes').waitFor();
});

it('follows what happens while it is open, also after a break', async () => {
  await open();
  await state('creative', 'Asleep');
  power.change('creative', { state: 'waking', reason: '' });
  await state('creative', 'Waking');
  expect(await button('Wake creative').isDisabled()).toBe(true);
  power.break();
  power.change('creative', { state: 'awake', reason: 'it is being woken' });
  await state('creative', 'Awake');
});

it('tells the timeline in words, and as a table that the keyboard reaches', async () => {
  await open();
  const line = page.getByRole('img', { name: /^creative, the last 6 h: / });
  expect(await line.getAttribute('aria-label')).toBe('creative, the last 6 h: awake 3 h 25 min, asleep 95 min');
  await page.getByRole('combobox', { name: 'The last' }).selectOption('1');
  await page.getByRole('img', { name: 'creative, the last 60 min: asleep 60 min' }).waitFor();
  await page.getByText('The timeline as a table').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Changes');
  const rows = await page.getByRole('region', { name: 'Changes' }).getByRole('row').allTextContents();
  expect(rows[1]).toContain('cellar');
  expect(rows[1]).toContain('Silent');
  expect(rows.find((row) => row.includes('creative'))).toMatch(/^before .*Asleep95 minnobody used it for 600 s$/);
});

it('says what to do where no power agent runs, and where there is no cluster', async () => {
  await open({}, (its) => {
    its.view = {
      ...its.view,
      agents: 0,
      words: 'No power agent tells. Run one: `nomad job run x`.',
      services: [],
      nodes: [],
    };
  });
  await page.getByText('nomad job run x').waitFor();
  await page.getByText('Nothing that may sleep runs').waitFor();
  power.show({ consul: 'off', words: 'There is no cluster yet. Make one with `npm run cluster`.' });
  await page.getByText('npm run cluster').waitFor();
  expect(await page.locator('.cluster-parts').count()).toBe(0);
});

it('lets viewers look only', async () => {
  await open({}, (its) => {
    its.role = 'viewer';
  });
  await page.getByText('Looking only').first().waitFor();
  await tile('creative').waitFor();
  expect(await page.locator('main button').count()).toBe(0);
});

describe('a change', () => {
  it('wakes by keyboard alone', async () => {
    await open();
    await tile('creative').waitFor();
    await tabTo('Wake creative');
    await page.keyboard.press('Enter');
    await page.getByText('creative is waking up.').waitFor({ state: 'attached' });
    expect(power.asked).toEqual([['POST /api/power/llama-api-creative/wake', {}]]);
  });

  it('puts to sleep only after consent, which is asked on this page, by keyboard alone', async () => {
    await open();
    let decided = () => {};
    power.before = () => new Promise((resolve) => (decided = resolve));
    await tile('coding').waitFor();
    await tabTo('Put to sleep (coding)');
    await page.keyboard.press('Enter');
    await tile('coding').getByText('Waiting for consent…').waitFor();
    approvals.ask(
      stage.session,
      request('sleep-coding', { tool: 'power.sleep', effect: 'Puts coding to sleep.', door: 'api' }),
    );
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Puts coding to sleep.').waitFor();
    const once = dialog.getByRole('button', { name: 'Allow once' });
    await expect.poll(() => once.isEnabled()).toBe(true);
    await once.focus();
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(approvals.decided.map(([id, { decision }]) => [id, decision])).toEqual([['sleep-coding', 'approve']]);
    decided();
    await page.getByText('coding is going to sleep.').waitFor({ state: 'attached' });
  });

  it('of a threshold names what was shown, and is refused in words when somebody was faster', async () => {
    await open();
    await button('Settings of creative').focus();
    await page.keyboard.press('Enter');
    const seconds = page.getByLabel('Seconds without work');
    await seconds.fill('900');
    await page.getByText('That is 15 min.').waitFor();
    power.refusal = { status: 409, error: { message: 'Somebody else changed it.', next: 'Look at it and try again.' } };
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Somebody else changed it.').waitFor();
    await page.getByLabel('Wake it every day at').fill('');
    await button('Save').click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(power.asked).toEqual([
      ['PUT /api/power/llama-api-creative', { idle_seconds: 900, was: 600 }],
      ['PUT /api/power/llama-api-creative', { idle_seconds: 900, was: 600, wake_at: '' }],
    ]);
    await expect.poll(focused).toBe('Settings of creative');
  });

  it('of a threshold that was everybody’s says so; keeping awake and suspending are settings, too', async () => {
    await open();
    await button('Settings of coding').click();
    await page.getByLabel('Seconds without work').fill('0');
    await page.getByLabel('It may sleep').uncheck();
    await button('Save').click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await button('Let it be suspended (attic)').click();
    await page.getByText('attic may be suspended.').waitFor({ state: 'attached' });
    expect(power.asked).toEqual([
      ['PUT /api/power/llama-api-coding', { idle_seconds: 0, was: null, may_sleep: false }],
      ['PUT /api/power/nodes/attic', { wol: true }],
    ]);
  });
});

it.each(LOOKS)('is accessible and not wider than the window: %s', async (_, look) => {
  await open(look);
  await tile('creative').waitFor();
  await page.getByText('The timeline as a table').click();
  expect(await findings(page)).toEqual([]);
  expect(await sideways(page)).toBe(0);
  await button('Settings of creative').click();
  expect(await findings(page)).toEqual([]);
});
