/// <reference lib="dom" />
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { findings, LOOKS, sideways } from './accessible.js';
import { oneBrowser } from './one-browser.js';
import { ScriptedMemory } from './scripted-memory.js';
import type { Stage } from './stage.js';

const { scripted } = oneBrowser();
let stage: Stage;
let memory: ScriptedMemory;
let page: Page;

async function open(options: BrowserContextOptions = {}, change: (its: ScriptedMemory) => void = () => {}) {
  stage = await scripted({
    ...options,
    path: '/#/memory',
    before: (server) => {
      memory = new ScriptedMemory(server);
      change(memory);
    },
  });
  page = stage.page;
  await page.locator('.fact').first().waitFor();
}

const button = (name: string, of = '') =>
  (of === '' ? page : page.getByRole('group', { name: of })).getByRole('button', { name, exact: true });
const texts = () => page.getByRole('list', { name: 'Facts' }).locator('.fact-text').allTextContents();
const JAZZ = 'I like jazz.';

it('lists facts with time and source, and searches by meaning', async () => {
  await open();
  expect(await texts()).toEqual(memory.facts.map(({ text }) => text));
  await page.getByText('told · pinned').waitFor();
  await page.getByLabel('Search by meaning and words').fill('Where is the other key?');
  await page.keyboard.press('Enter');
  await page.getByText('near: 71 %').waitFor();
  expect(await texts()).toHaveLength(1);
  await page.getByLabel('Search by meaning and words').fill('');
  await expect.poll(texts).toHaveLength(3);
});

it('is worked by keyboard alone: remember, edit, pin, switch off, forget, undo', async () => {
  await open();
  const press = async (name: string, of = '') => {
    await button(name, of).focus();
    await page.keyboard.press('Enter');
  };
  await page.getByLabel('A new fact').focus();
  await page.keyboard.type('My shoe size is 43.');
  await page.keyboard.press('Enter');
  await expect.poll(texts).toContain('My shoe size is 43.');
  await press('Edit', JAZZ);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('I like rock.');
  await page.keyboard.press('Enter');
  await expect.poll(texts).toContain('I like rock.');
  await press('Pin', 'I like rock.');
  await expect.poll(() => button('Pin', 'I like rock.').getAttribute('aria-pressed')).toBe('true');
  await press('Off', 'I like rock.');
  await page.getByText('switched off').waitFor();
  await press('Forget', 'I like rock.');
  await expect.poll(texts).not.toContain('I like rock.');
  await press('Undo');
  await expect.poll(texts).toContain(JAZZ);
  expect(memory.asked).toEqual([
    'POST /api/memory {"text":"My shoe size is 43."}',
    'PATCH /api/memory/2 {"text":"I like rock."}',
    'PATCH /api/memory/2 {"pinned":true}',
    'PATCH /api/memory/2 {"enabled":false}',
    'DELETE /api/memory/2',
    'POST /api/memory/2/restore {}',
  ]);
});

it('saves, loads and deletes named memories, and asks before it replaces anything', async () => {
  await open();
  await page.getByLabel('Name: letters').fill('../bad');
  await button('Save all facts').click();
  await page.getByLabel('Name: letters').fill('tuesday');
  await button('Save all facts').click();
  await page.getByText('tuesday', { exact: true }).waitFor();
  await button('Load', 'monday').click();
  await button('Cancel').click();
  await button('Load', 'monday').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Load monday' }).click();
  await page.getByText('7 facts loaded.').waitFor({ state: 'attached' });
  await button('Delete', 'monday').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete monday' }).click();
  await page.getByText('None yet.').waitFor();
  expect(memory.asked).toEqual([
    'POST /api/memory/states {"name":"tuesday"}',
    'POST /api/memory/states/monday/load {}',
    'DELETE /api/memory/states/monday',
  ]);
});

it('shows what an answer used, reached from the transcript', async () => {
  await open({}, (its) => {
    its.facts = its.facts.filter(({ id }) => id !== 2);
  });
  const used = page.getByRole('region', { name: 'What the last answer used' });
  await used.getByText('No answer on this page has used a memory yet.').waitFor();
  const turns: [number, number[]][] = [
    [1, [1, 2]],
    [2, [3]],
  ];
  for (const [turn, ids] of turns) {
    stage.session.send('memories', { turn, ids });
    stage.session.send('answer', { turn, text: 'There.', interrupted: false });
  }
  await used.getByText('The spare key is under the blue pot.').waitFor();
  await page.getByRole('link', { name: 'Talk' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Used 1 memory' }).waitFor();
  await page.getByRole('link', { name: 'Used 2 memories' }).focus();
  await page.keyboard.press('Enter');
  const that = page.getByRole('region', { name: 'What that answer used' });
  await that.getByText('I live in Bonn.').waitFor();
  expect(await that.getByRole('heading').evaluate((its) => its === document.activeElement)).toBe(true);
  await that.getByText('One was forgotten since.').waitFor();
  expect(await that.getByRole('listitem').count()).toBe(1);
});

it('lets viewers look only', async () => {
  await open({}, (its) => {
    its.role = 'viewer';
  });
  await page.getByText('needs the role operator').waitFor();
  expect(await button('Forget').count()).toBe(0);
  expect(await page.getByLabel('A new fact').count()).toBe(0);
  expect(await page.getByLabel('Import a file').count()).toBe(0);
});

describe.each(LOOKS)('%s', (_, options) => {
  it('is accessible with facts, an edit, an undo and a question', async () => {
    await open(options);
    stage.session.send('memories', { turn: 1, ids: [3, 9] });
    await page.getByText('One was forgotten since.').waitFor();
    await button('Forget', JAZZ).click();
    await button('Undo').waitFor();
    await button('Edit', 'I live in Bonn.').click();
    expect(await findings(page)).toEqual([]);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    await button('Load', 'monday').click();
    expect(await findings(page)).toEqual([]);
  });
});
