/// <reference lib="dom" />
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { findings, LOOKS, sideways } from './accessible.js';
import { oneBrowser } from './one-browser.js';
import { request, ScriptedApprovals } from './scripted-approvals.js';
import type { Stage } from './stage.js';

const { scripted } = oneBrowser();
let stage: Stage;
let approvals: ScriptedApprovals;
let page: Page;

async function open(
  options: BrowserContextOptions & { path?: string } = {},
  change: (its: ScriptedApprovals) => void = () => {},
) {
  stage = await scripted({
    path: '/#/cluster',
    ...options,
    before: (server) => {
      approvals = new ScriptedApprovals(server);
      change(approvals);
    },
  });
  page = stage.page;
}

const button = (name: string) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog', { name: 'May Twin do this?' });
const gone = () => dialog().waitFor({ state: 'detached' });
const decisions = () => approvals.decided.map(([id, { decision }]) => [id, decision]);
/** Tab until the button has the focus. */
async function tabTo(name: string) {
  for (let i = 0; i < 12; i++) {
    if (await button(name).evaluate((its) => its === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${name} is not reached with Tab`);
}
async function enabled(name: string) {
  await button(name).click({ trial: true });
}

describe.each(['/#/cluster', '/?raw=1', '/#/approvals'])('on %s', (path) => {
  it('asks as soon as a request comes, and gives the digest back', async () => {
    await open({ path });
    approvals.ask(stage.session, request('a'));
    await dialog().waitFor();
    const text = await dialog().textContent();
    for (const part of ['Sensitive', 'Stops the job a.', 'jobs.stop', '{"job":"a"}', 'kitchen', 'by text'])
      expect(text).toContain(part);
    await button('Allow once').click();
    await gone();
    expect(approvals.decided).toEqual([['a', { decision: 'approve', digest: 'a'.padEnd(64, '0') }]]);
  });
});

it('shows arguments as text, what is invisible in them marked', async () => {
  await open();
  const args = '{"x":"<img src=x onerror=alert(1)> \\u202egnp.exe"}';
  approvals.ask(stage.session, request('a', { args, name: 'a\u200bb' }));
  await dialog().waitFor();
  expect(await page.getByRole('group', { name: 'Exact arguments' }).textContent()).toBe(args);
  expect(await dialog().locator('mark').allTextContents()).toEqual(['\\u200b', '\\u202e']);
  expect(await dialog().locator('img').count()).toBe(0);
});

it('is decided by keyboard alone, the focus never first on an answer', async () => {
  await open();
  approvals.ask(stage.session, request('a'), request('b'));
  await dialog().getByText('1 more waits').waitFor();
  await enabled('Allow once');
  for (const key of ['Enter', 'Space']) await page.keyboard.press(key);
  expect(approvals.decided).toEqual([]);
  await tabTo('Allow for this conversation');
  await page.keyboard.press('Enter');
  await dialog().getByText('Stops the job b.').waitFor();
  await enabled('Deny');
  await page.keyboard.press('Enter');
  await tabTo('Deny');
  await page.keyboard.press('Space');
  await gone();
  expect(decisions()).toEqual([
    ['a', 'session'],
    ['b', 'deny'],
  ]);
});

it('does not take the click that was meant for what lay there before', async () => {
  await open();
  approvals.ask(stage.session, request('a'));
  await dialog().waitFor();
  await dialog()
    .getByRole('button', { name: 'Allow once' })
    .evaluate((its: HTMLButtonElement) => its.click());
  await enabled('Deny');
  expect(approvals.decided).toEqual([]);
});

it('is put off by Esc, by closing and by a click beside it, which decide nothing', async () => {
  await open();
  approvals.ask(stage.session, request('a'));
  for (const put of [
    () => page.keyboard.press('Escape'),
    () => button('Close').click(),
    () => page.mouse.click(5, 300),
  ]) {
    await dialog().waitFor();
    await put();
    await gone();
    await page.getByText('One request waits.').waitFor();
    await button('Look at it').click();
  }
  await dialog().waitFor();
  expect(approvals.decided).toEqual([]);
});

it('leaves the focus with who is typing, and shows a button then', async () => {
  await open({ path: '/?raw=1' });
  await page.getByLabel('Message to Twin').click();
  await page.keyboard.type('half a ');
  approvals.ask(stage.session, request('a'));
  await page.getByText('One request waits.').waitFor();
  await page.keyboard.type('sentence');
  expect(await page.getByLabel('Message to Twin').inputValue()).toBe('half a sentence');
  expect(await dialog().count()).toBe(0);
  await button('Look at it').click();
  await button('Deny').click();
  await gone();
  expect(decisions()).toEqual([['a', 'deny']]);
});

it('goes when the time is over, and when somebody else has decided', async () => {
  await open();
  const soon = request('a', { until: Date.now() + 4_000 });
  approvals.ask(stage.session, soon);
  await dialog().getByText('0:01').waitFor();
  await gone();
  approvals.ask(stage.session, request('b'));
  await dialog().waitFor();
  stage.session.send('approval.decided', approvals.change('b', { status: 'denied', by: 'other' }));
  await gone();
  expect(approvals.decided).toEqual([]);
});

it('says why a decision was not taken', async () => {
  await open();
  approvals.refusal = { status: 409, error: { message: 'What was shown is not what would be done.', next: 'Reload.' } };
  approvals.ask(stage.session, request('a'));
  await button('Allow once').click();
  await dialog().getByRole('alert').getByText('What was shown is not what would be done.').waitFor();
});

it('asks for what waited before the page was opened; never a viewer', async () => {
  await open({}, (its) => its.know(request('a')));
  await dialog().waitFor();
  await stage.close();
  await open({ path: '/#/approvals' }, (its) => {
    its.role = 'viewer';
    its.know(request('a'));
  });
  await page.getByText('Deciding needs the role operator.').waitFor();
  expect(await dialog().count()).toBe(0);
  expect(await button('Look at it').count()).toBe(0);
});

const lately = (its: ScriptedApprovals) => {
  its.know(
    request('d', { status: 'denied', by: 'console' }),
    request('e', { status: 'expired' }),
    request('f', { status: 'approved', by: 'console', outcome: { ok: true, output: 'It is stopped.' } }),
    request('g', { risk: 'write', args: '{"a":"\\u202e"}' }),
  );
  its.grants = [{ id: 'f', session: 's0', tool: 'jobs.scale' }];
};

it('lists what waits, what was decided and the audit log, and takes a permission back', async () => {
  await open({ path: '/#/approvals' }, lately);
  await dialog().waitFor();
  await page.keyboard.press('Escape');
  for (const text of ['Denied by console', 'Denied: nobody decided in time', 'Allowed by console, done'])
    await page.getByText(text).waitFor();
  await page.getByText('The chain holds.').waitFor();
  expect(await page.locator('.audit li').allTextContents()).toEqual([
    expect.stringContaining('denied'),
    expect.stringContaining('asked'),
  ]);
  approvals.verdict = { ok: false, entries: 1, hash: '', broken: { line: 2, why: 'it was changed' } };
  await button('Verify again').click();
  await page.getByText('at line 2: it was changed').waitFor();
  await button('Take back jobs.scale').click();
  await page.getByText('jobs.scale asks again from now on.').waitFor();
  expect(approvals.revoked).toEqual(['f']);
  expect(await page.getByText('Allowed for a conversation').count()).toBe(0);
});

it.each(LOOKS)('is accessible: %s', async (_, options) => {
  await open({ ...options, path: '/#/approvals' }, lately);
  await dialog().waitFor();
  await enabled('Allow once');
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await gone();
  await page.getByText('The chain holds.').waitFor();
  for (const summary of await page.locator('summary').all()) await summary.click();
  expect(await findings(page)).toEqual([]);
  expect(await sideways(page)).toBeLessThanOrEqual(0);
});
