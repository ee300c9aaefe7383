/// <reference lib="dom" />
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, expect, it } from 'vitest';
import { findings, LOOKS, sideways } from './accessible.js';
import { oneBrowser } from './one-browser.js';
import { request, ScriptedApprovals } from './scripted-approvals.js';
import { ScriptedNodes } from './scripted-nodes.js';
import type { Stage } from './stage.js';

const { scripted } = oneBrowser();
const STRANGER = '52:54:00:12:34:04';
let stage: Stage;
let nodes: ScriptedNodes;
let approvals: ScriptedApprovals;
let page: Page;

// Before the stage, whose server waits for the streams that it follows.
afterEach(() => nodes.close());

async function open(options: BrowserContextOptions = {}, change: (its: ScriptedNodes) => void = () => {}) {
  stage = await scripted({
    ...options,
    path: '/#/nodes',
    before: (server) => {
      approvals = new ScriptedApprovals(server);
      nodes = new ScriptedNodes(server);
      change(nodes);
    },
  });
  page = stage.page;
  await page.getByRole('heading', { name: 'Nodes', exact: true }).waitFor();
}

const tile = (name: string) => page.locator('.tile').filter({ has: page.getByRole('heading', { name, exact: true }) });
const button = (name: string) => page.getByRole('button', { name, exact: true });
const focused = () => page.evaluate(() => document.activeElement?.textContent);

it('says of each machine how far it is, and what a person does next', async () => {
  await open();
  await tile('worker3').getByText('It unpacks Debian.').waitFor();
  expect(await tile('worker3').locator('[aria-current=step]').textContent()).toBe('Installing');
  await tile('worker4').getByText('has data (ext4) and nobody said to wipe it').waitFor();
  await tile('worker2').getByText('It joins: role consul.').waitFor();
  await tile(STRANGER).getByText('Allow it to have it installed').waitFor();
  await tile('worker1').getByText('It is a node of the cluster.').waitFor();
});

it('follows a machine and its log while it is open, also after a break', async () => {
  await open();
  await tile('worker3').getByText('What it said last').click();
  await page.getByRole('log', { name: 'Log of worker3' }).getByText('says: phase unpack').waitFor();
  nodes.change('worker3', { step: 'loader', log: [{ at: 0, line: 'says: phase loader' }] });
  await page.getByRole('log', { name: 'Log of worker3' }).getByText('says: phase loader').waitFor();
  nodes.break();
  nodes.change('worker3', { phase: 'joined' });
  await tile('worker3').getByText('It is a node of the cluster.').waitFor();
});

it('allows a machine by keyboard, with a free name, and shows why it was refused', async () => {
  await open();
  await button(`Allow (${STRANGER})`).focus();
  await page.keyboard.press('Enter');
  expect(await page.getByLabel('Name').inputValue()).toBe('worker5');
  nodes.refusal = {
    status: 409,
    error: { message: 'worker5 is already the name of another.', next: 'Choose another name.' },
  };
  await page.getByLabel('Name').press('Enter');
  await page.getByRole('alert').getByText('already the name of another').waitFor();
  await page.getByLabel('Name').fill('attic');
  await page.getByRole('textbox', { name: /^Disk/ }).fill('/dev/sda');
  await page.getByLabel('Everything on this disk may be erased').check();
  await button('Install at its next start').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const plan = { disk: 'auto', wipe: false, way: 'image' };
  expect(nodes.asked).toEqual([
    [`POST /api/machines/${STRANGER}/allow`, { ...plan, name: 'worker5' }],
    [`POST /api/machines/${STRANGER}/allow`, { name: 'attic', disk: '/dev/sda', wipe: true, way: 'image' }],
  ]);
  await expect.poll(focused).toBe(`Allow (${STRANGER})`);
});

it('waits for consent, which is asked on this page', async () => {
  await open();
  let decided = () => {};
  nodes.before = () => new Promise((resolve) => (decided = resolve));
  await button('Install anew (worker4)').click();
  await button('Install at its next start').click();
  await page.getByRole('button', { name: 'Waiting for consent…' }).first().waitFor();
  approvals.ask(
    stage.session,
    request('allow', { tool: 'machines.allow', effect: 'Installs it as worker4.', door: 'api' }),
  );
  await page.getByRole('dialog').getByText('Installs it as worker4.').waitFor();
  decided();
});

it('takes a machine in once more, and sends one to its disk', async () => {
  await open();
  await button('Join again (worker2)').click();
  await page.getByText('worker2 is being taken into the cluster.').waitFor({ state: 'attached' });
  await button('Send to its disk (worker3)').click();
  await page.getByText('worker3 starts from its disk.').waitFor({ state: 'attached' });
  expect(nodes.asked.map(([door]) => door)).toEqual([
    'POST /api/machines/52:54:00:12:34:03/join',
    'POST /api/machines/52:54:00:12:34:01/revoke',
  ]);
});

it('says what to do where no boot service is, where none has asked, and lets viewers look only', async () => {
  await open({}, (its) => {
    its.role = 'viewer';
  });
  await page.getByText('Looking only').waitFor();
  expect(await page.locator('main .tile button').count()).toBe(0);
  nodes.show({ machines: [] });
  await page.getByText('Switch one on and let it boot from the network').waitFor();
  nodes.show({ served: false, words: 'No network boot service is there. Run `ansible-playbook`.' });
  await page.getByText('No network boot service is there').waitFor();
});

it.each(LOOKS)('is accessible and not wider than the window: %s', async (_, look) => {
  await open(look);
  await tile('worker3').getByText('What it said last').click();
  expect(await findings(page)).toEqual([]);
  expect(await sideways(page)).toBe(0);
  await button(`Allow (${STRANGER})`).click();
  expect(await findings(page)).toEqual([]);
});
