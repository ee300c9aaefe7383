import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findings, LOOKS, sideways } from './accessible.js';
import { oneBrowser } from './one-browser.js';
import { openReal, type RealAgent, startRealAgent } from './real-agent.js';

const { show } = oneBrowser();
let agent: RealAgent;
let page: Page;
beforeAll(async () => {
  agent = await startRealAgent({ TOOLS_DISABLED: 'timer.cancel' });
});
afterAll(() => agent.stop());

async function open(options: Parameters<typeof openReal>[2] = {}): Promise<void> {
  ({ page } = await show((browser) => openReal(browser, agent, { path: '/#/tools', ...options })));
  await tile('timer').waitFor();
}
const tile = (name: string) => page.locator('.tile').filter({ has: page.getByRole('heading', { name, exact: true }) });
const names = () => page.getByRole('list', { name: 'Tools' }).locator('h3').allTextContents();
const summary = (name: string) => tile(name).locator('summary');
const policyOf = (name: string) => page.getByRole('form', { name: `Policy for ${name}` });
const policyFile = async () => JSON.parse(await readFile(join(agent.home, 'policy.json'), 'utf8'));

it('lists every tool of the agent; of what cannot be used, why and how to get it', async () => {
  await open();
  expect((await names()).length).toBeGreaterThan(15);
  expect(await tile('timer').textContent()).toContain('Can be used');
  const house = await tile('ha').textContent();
  for (const part of ['Cannot be used', 'No Home Assistant is known.', 'Set HA_URL']) expect(house).toContain(part);
});

it('finds tools by words and by state', async () => {
  await open();
  const all = (await names()).length;
  await page.getByLabel('Search names').fill('alarm day');
  await page.getByText(`1 of ${all} tools`).waitFor();
  expect(await names()).toEqual(['timer']);
  await page.getByLabel('Show').selectOption('missing');
  await page.getByText('No tool fits.').waitFor();
  await page.getByLabel('Search names').fill('');
  await expect.poll(names).toContain('ha');
  expect(await names()).not.toContain('timer');
});

it('shows methods with arguments, examples, and those that are switched off', async () => {
  await open({ role: 'viewer' });
  await summary('timer').click();
  await page.getByRole('heading', { name: 'timer.set' }).waitFor();
  const text = await tile('timer').textContent();
  for (const part of ['timer.set', 'Changes something', 'minutes', 'number', 'It is switched off.'])
    expect(text).toContain(part);
  expect(await page.getByRole('form').count()).toBe(0);
  await page.getByText('Changing who may use a tool needs the role admin.').waitFor();
});

it('tells a viewer that talking is for others, and does not knock again and again', async () => {
  await open({ role: 'viewer' });
  await page.getByRole('link', { name: 'Talk' }).click();
  await page.getByText('You may look. Talking needs the role operator.').waitFor();
  await page.getByText('Looking only').waitFor();
  expect(await page.locator('.mic-button').isDisabled()).toBe(true);
  expect(await page.getByText('The connection to the server is lost').count()).toBe(0);
  expect(await findings(page)).toEqual([]);
});

it('changes the policy by keyboard alone: nothing before the button, and asks before it lets sensitive things run', async () => {
  await open();
  await page.getByLabel('Search names').focus();
  await page.keyboard.type('shell.run');
  await expect.poll(names).toEqual(['shell']);
  for (const _ of ['Show', 'summary']) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await policyOf('shell.run').waitFor();
  // Viewer, then operator: down to "always allowed".
  for (const _ of ['viewer', 'operator']) await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  expect(await policyOf('shell.run').getByLabel('For operator').inputValue()).toBe('allow');
  await expect(policyFile()).rejects.toThrow('ENOENT');
  for (const _ of ['admin', 'save']) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Let shell.run run without asking?' }).waitFor();
  await page.keyboard.press('Escape');
  // A closed dialog has no role any more, but stays in the page for a moment.
  await page.locator('dialog').waitFor({ state: 'detached' });
  await expect(policyFile()).rejects.toThrow('ENOENT');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  for (const _ of ['cancel', 'run']) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('The policy for shell.run is saved.').waitFor({ state: 'attached' });
  expect(await policyFile()).toEqual({ methods: { 'shell.run': { operator: 'allow' } } });

  const form = policyOf('shell.run');
  await expect.poll(() => form.getByRole('button', { name: 'Save policy' }).isDisabled()).toBe(true);
  await form.getByLabel('For operator').selectOption('no rule of its own');
  await form.getByLabel('For admin').selectOption('always denied');
  await form.getByRole('button', { name: 'Save policy' }).click();
  await expect.poll(policyFile).toEqual({ methods: { 'shell.run': { admin: 'deny' } } });
});

it('shows on the page Approvals what holds by default and what was changed', async () => {
  await open();
  const response = await page.request.put(`${agent.url}/api/policy`, {
    headers: { origin: agent.url },
    data: { methods: { 'clock.time': { viewer: 'deny' }, git: { operator: 'deny' } } },
  });
  expect(response.status()).toBe(204);
  await page.getByRole('link', { name: 'Approvals' }).click();
  const row = (name: string) =>
    page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
  await row('clock.time').getByText('viewer denied').waitFor();
  expect(await row('clock.time').textContent()).toContain('viewer allowed, operator allowed, admin allowed');
  expect(await row('git.clone').textContent()).toContain('operator denied (as its tool)');
  expect(await row('timer.set').textContent()).toMatch(/viewer denied, operator allowed, admin allowed–$/);
});

it.each(LOOKS)('is accessible: %s', async (_, options) => {
  await open(options);
  for (const name of ['timer', 'ha', 'shell']) await summary(name).click();
  await policyOf('shell.run').waitFor();
  expect(await findings(page)).toEqual([]);
  expect(await sideways(page)).toBeLessThanOrEqual(0);
  await policyOf('shell.run').getByLabel('For admin').selectOption('always allowed');
  await policyOf('shell.run').getByRole('button', { name: 'Save policy' }).click();
  await page.getByRole('dialog').waitFor();
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Approvals' }).click();
  await page.getByRole('rowheader', { name: 'timer.set' }).waitFor();
  expect(await findings(page)).toEqual([]);
  expect(await sideways(page)).toBeLessThanOrEqual(0);
});
