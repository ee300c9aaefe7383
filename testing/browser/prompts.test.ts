/// <reference lib="dom" />
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ROOT } from '../bench/servers.js';
import { findings, LOOKS, sideways } from './accessible.js';
import { oneBrowser } from './one-browser.js';
import { openReal, type RealAgent, startRealAgent } from './real-agent.js';
import { say } from './stage.js';

const { show } = oneBrowser();
let agent: RealAgent;
let page: Page;
beforeAll(async () => {
  agent = await startRealAgent();
});
afterAll(() => agent.stop());
beforeEach(async () => {
  for (const name of ['router.txt', 'commands.yaml']) await cp(join(ROOT, 'prompts', name), join(agent.prompts, name));
  agent.answers(async function* () {
    yield { text: 'It is so. ' };
  });
});

async function open(options: Parameters<typeof openReal>[2] = {}): Promise<void> {
  ({ page } = await show((browser) => openReal(browser, agent, { path: '/#/prompts', ...options })));
  await editor().waitFor();
}
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
const choose = async (name: string) => {
  await page.getByRole('list', { name: 'Prompts' }).getByRole('button', { name }).click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
};
const editor = () => page.getByLabel('Text', { exact: true });
const difference = () => page.getByRole('region', { name: 'Difference' }).locator('li').allTextContents();
const onDisk = (name = 'router.txt') => readFile(join(agent.prompts, name), 'utf8');
const reads = (text: string) => page.getByText(text, { exact: true }).waitFor({ state: 'attached' });
/** Puts a line at the beginning of the text, by keyboard. */
async function write(line: string): Promise<void> {
  await editor().focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type(`${line}\n`);
}

it('lists who Twin is, its commands and its experts, and shows the text', async () => {
  await open();
  const names = await page.getByRole('list', { name: 'Prompts' }).locator('span:first-child').allTextContents();
  expect(names.slice(0, 3)).toEqual(['router.txt', 'commands.yaml', 'coding_expert.txt']);
  expect(names).not.toContain('routing.json');
  expect(await editor().inputValue()).toBe(await onDisk());
  await choose('coding_expert.txt');
  await expect.poll(() => editor().inputValue()).toContain('senior programmer');
});

it('is edited and saved by keyboard alone; the next answer is given with it', async () => {
  await open();
  await write('You are Iris, a sailor.');
  await reads('Not saved');
  expect(await difference()).toContain('+added You are Iris, a sailor.');
  expect(await onDisk()).not.toContain('Iris');
  await page.keyboard.press('Control+s');
  await reads('router.txt is saved.');
  expect(await onDisk()).toMatch(/^You are Iris, a sailor\.\n/);
  await reads('No difference.');
  await page.getByRole('link', { name: 'Talk' }).focus();
  await page.keyboard.press('Enter');
  await say(page, 'Who wrote the Odyssey?');
  await page.locator('.bot-row').getByText('It is so.').waitFor();
  expect(agent.asked.at(-1)?.messages[0]?.content).toMatch(/^You are Iris, a sailor\./);
});

it('compares with a version of before, and restores it after a question', async () => {
  await open();
  const first = await onDisk();
  await write('You are Iris.');
  await page.keyboard.press('Control+s');
  await reads('router.txt is saved.');
  await page.getByLabel('Compare with').selectOption({ index: 1 });
  await expect.poll(difference).toContain('+added You are Iris.');
  await button('Restore this version').click();
  await page.getByRole('dialog', { name: 'Restore router.txt?' }).waitFor();
  await page.keyboard.press('Escape');
  expect(await onDisk()).not.toBe(first);
  await button('Restore this version').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restore this version' }).click();
  await reads('router.txt is restored.');
  expect(await onDisk()).toBe(first);
  expect(await editor().inputValue()).toBe(first);
});

it('does not write over what somebody else has saved, and loses no text', async () => {
  await open();
  await write('Mine.');
  await writeFile(join(agent.prompts, 'router.txt'), 'Theirs.\n');
  await page.keyboard.press('Control+s');
  await page.getByRole('alert').getByText('Somebody else has saved it meanwhile.').waitFor();
  expect(await onDisk()).toBe('Theirs.\n');
  expect(await editor().inputValue()).toMatch(/^Mine\.\n/);
  await expect.poll(difference).toContain('-removed Theirs.');
  await button('Save').click();
  await reads('router.txt is saved.');
  expect(await onDisk()).toMatch(/^Mine\.\n/);
});

it('discards a draft after a question', async () => {
  await open();
  await write('Mine.');
  await button('Discard changes').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  expect(await editor().inputValue()).toContain('Mine.');
  await button('Discard changes').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard changes' }).click();
  await reads('Your changes are discarded.');
  expect(await editor().inputValue()).toBe(await onDisk());
});

it('keeps drafts on the way to other pages, and asks before the window is left', async () => {
  await open();
  await write('Mine.');
  await choose('coding_expert.txt');
  await page.getByRole('button', { name: 'router.txt' }).getByText('not saved').waitFor();
  await page.getByRole('link', { name: 'Tools' }).click();
  await page.getByRole('heading', { name: 'Tools' }).waitFor();
  await page.getByRole('link', { name: 'Prompts' }).click();
  await choose('router.txt');
  expect(await editor().inputValue()).toMatch(/^Mine\.\n/);
  const asked = page.waitForEvent('dialog');
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.accept();
});

it('lists what is wrong in commands line by line, saves nothing, and tells what a sentence would do', async () => {
  await open();
  await choose('commands.yaml');
  const before = await onDisk('commands.yaml');
  await expect.poll(() => editor().inputValue()).toBe(before);
  await page.getByLabel('A sentence').fill('set a timer for five minutes');
  await page.keyboard.press('Enter');
  await page.getByText('A command: timer.set {"seconds":300}. A test runs no tool.').waitFor();
  await editor().fill('commands:\n  - call: a.b\n    say:\n      - what (now\n      - give {weight}\n');
  await button('Save').click();
  const alert = page.getByRole('alert');
  for (const line of ['line 4', 'line 5', 'no slot type "weight"', 'nothing was saved'])
    await alert.getByText(line).waitFor();
  expect(await onDisk('commands.yaml')).toBe(before);
});

it('tries a draft out: the answer comes as it is made, can be stopped, and nothing is saved', async () => {
  let goOn = (): void => undefined;
  let gone = false;
  agent.answers(async function* (_, signal) {
    yield { text: 'Ahoy there, sailor. ' };
    await new Promise<void>((resolve) => {
      goOn = resolve;
      signal.addEventListener('abort', () => {
        gone = true;
        resolve();
      });
    });
    yield { text: 'Fair winds. ' };
  });
  await open({ role: 'operator' });
  await write('You are Iris.');
  await page.getByLabel('A question').fill('Who are you?');
  await page.keyboard.press('Enter');
  const answer = page.getByRole('status', { name: 'Answer' });
  await answer.getByText('Ahoy there').waitFor();
  expect(await answer.getAttribute('aria-busy')).toBe('true');
  expect(agent.asked.at(-1)?.messages[0]?.content).toMatch(/^You are Iris\./);
  goOn();
  await answer.getByText('Done in').waitFor();
  expect(await answer.textContent()).toContain('Ahoy there, sailor. Fair winds.');
  expect(await answer.getAttribute('aria-busy')).toBe('false');
  await button('Ask').click();
  await answer.getByText('Ahoy there').waitFor();
  await button('Stop').click();
  await answer.getByText('Stopped.').waitFor();
  await expect.poll(() => gone).toBe(true);
  expect(await onDisk()).not.toContain('Iris');
  expect(await button('Save').count()).toBe(0);
});

it('begins the prompt of a new expert', async () => {
  await open();
  await page.getByLabel('New expert').fill('Garden/');
  await button('Begin its prompt').click();
  await page.getByLabel('New expert').fill('garden');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'garden_expert.txt' }).waitFor();
  await button('Save').click();
  await page.getByRole('alert').getByText('line').waitFor();
  await editor().fill('You garden.');
  await page.keyboard.press('Control+s');
  await reads('garden_expert.txt is saved.');
  expect(await onDisk('garden_expert.txt')).toBe('You garden.');
  await rm(join(agent.prompts, 'garden_expert.txt'));
});

it('lets viewers look only', async () => {
  await open({ role: 'viewer' });
  await page.getByText('Trying a draft out needs the role operator').waitFor();
  expect(await editor().getAttribute('readonly')).not.toBe(null);
  for (const name of ['Save', 'Ask', 'Begin its prompt']) expect(await button(name).count()).toBe(0);
});

it('says what to do where the prompts cannot be written', async () => {
  const other = await startRealAgent({}, { readOnlyPrompts: true });
  try {
    ({ page } = await show((browser) => openReal(browser, other, { path: '/#/prompts' })));
    await page.getByText(`The agent may not write to ${other.prompts}.`).waitFor();
    await page.getByText('name it with TWIN_PROMPTS').waitFor();
    for (const name of ['Save', 'Begin its prompt']) expect(await button(name).count()).toBe(0);
    const response = await page.request.put(`${other.url}/api/prompts/router.txt`, {
      headers: {
        origin: other.url,
        'if-match': (await page.request.get(`${other.url}/api/prompts/router.txt`)).headers().etag ?? '',
      },
      data: { text: 'You are Iris.' },
    });
    expect(response.status()).toBe(409);
    expect((await response.json()).error.code).toBe('TWIN_PROMPTS_READ_ONLY');
  } finally {
    await other.stop();
  }
});

it.each(LOOKS)('is accessible: %s', async (_, options) => {
  await open(options);
  await write('You are Iris.');
  await page.getByLabel('A question').fill('Who are you?');
  await page.keyboard.press('Enter');
  await page.getByText('Done in').waitFor();
  await page.getByRole('region', { name: 'Difference' }).waitFor();
  expect(await findings(page)).toEqual([]);
  expect(await sideways(page)).toBeLessThanOrEqual(0);
  await writeFile(join(agent.prompts, 'router.txt'), `Theirs ${'and more '.repeat(30)}\n`);
  await button('Save').click();
  await page.getByRole('alert').waitFor();
  expect(await findings(page)).toEqual([]);
  expect(await sideways(page)).toBeLessThanOrEqual(0);
  await button('Discard changes').click();
  await page.getByRole('dialog').waitFor();
  expect(await findings(page)).toEqual([]);
});
