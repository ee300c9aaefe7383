/// <reference lib="dom" />
import { beforeEach, describe, expect, it } from 'vitest';
import { converse, EXCHANGES, speak } from './conversation.js';
import { oneBrowser } from './one-browser.js';
import { type Stage, say } from './stage.js';

const { scripted } = oneBrowser();
let stage: Stage;

beforeEach(async () => {
  stage = await scripted();
});

const rows = () => stage.page.locator('.rows > li');

describe('typing', () => {
  it('sends with Enter, shows the line at once, and shows it once', async () => {
    const { page, session } = stage;
    await say(page, '  what time is it ');
    expect(await session.message('text')).toEqual({ type: 'text', text: 'what time is it' });
    session.send('transcript.final', { turn: 1, text: 'what time is it' });
    session.send('answer', { turn: 1, text: 'Ten.', interrupted: false });
    await page.getByText('Ten.').first().waitFor();
    expect(await rows().allTextContents()).toEqual(['You what time is it', 'Twin Ten.']);
    expect(await page.getByLabel('Message to Twin').inputValue()).toBe('');
  });

  it('makes a new line with Shift and sends nothing that is empty', async () => {
    const { page, session } = stage;
    await say(page, '   ');
    await page.getByLabel('Message to Twin').fill('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await session.message('text');
    expect(session.messages).toEqual([{ type: 'text', text: 'one\ntwo' }]);
  });

  it('needs no microphone and asks for none', async () => {
    await say(stage.page, 'hello');
    await stage.session.message('text');
    expect(await stage.page.locator('.mic-button').getAttribute('data-state')).toBe('off');
  });
});

describe('the transcript', () => {
  it('settles a partial in place, and reads out only what is final', async () => {
    const { page, session } = stage;
    session.send('transcript.partial', { turn: 1, text: 'set a tim' });
    await page.locator('.said.partial').waitFor();
    expect(await page.locator('[data-announcer]').textContent()).toBe('');
    session.send('transcript.final', { turn: 1, text: 'set a timer' });
    await page.locator('.said:not(.partial)').waitFor();
    expect(await rows().count()).toBe(1);
    expect(await page.locator('[data-announcer]').textContent()).toBe('set a timer');
  });

  it('folds tools and timings, and opens them', async () => {
    const { page, session } = stage;
    converse(session, EXCHANGES.slice(0, 1));
    await page.locator('.timing-row').waitFor();
    expect(await page.getByText('timer 1 is due').isVisible()).toBe(false);
    await page.locator('.tool-row summary').click();
    expect(await page.getByText('timer 1 is due').isVisible()).toBe(true);
    await page.locator('.timing-row summary').click();
    expect(await page.locator('.timing-row tr').count()).toBe(6);
  });

  it('stays at its end while the reader is there, and stays put while the reader is not', async () => {
    const { page, session } = stage;
    const fromEnd = () => page.locator('.scroll').evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight);
    for (let i = 0; i < 8; i++) converse(session, EXCHANGES, 1 + 3 * i);
    await page.locator('.timing-row').nth(23).waitFor();
    expect(await fromEnd()).toBeLessThan(2);
    await page.locator('.scroll').evaluate((e) => e.scrollTo(0, 0));
    await page.getByRole('button', { name: 'Newest line' }).waitFor();
    converse(session, EXCHANGES, 50);
    await page.locator('.timing-row').nth(26).waitFor();
    expect(await page.locator('.scroll').evaluate((e) => e.scrollTop)).toBe(0);
    await page.getByRole('button', { name: 'Newest line' }).click();
    expect(await fromEnd()).toBeLessThan(2);
  });
});

describe('what was said before the page was opened', () => {
  const line = (id: number, role: 'user' | 'assistant', text: string) => ({ id, ts: '', session: 'old', role, text });

  it('is shown above, and is gone from page and server when the terminal is cleared', async () => {
    const { page, server, session } = stage;
    server.conversation = [line(7, 'user', 'what time is it'), line(8, 'assistant', 'Ten.')];
    await page.reload();
    await page.getByText('This was said before.').waitFor();
    expect((await rows().allTextContents()).slice(0, 2)).toEqual(['You what time is it', 'Twin Ten.']);
    expect(await page.locator('[data-announcer]').textContent()).toBe('');
    const forgotten = page.waitForResponse((response) => response.request().method() === 'DELETE');
    await page.getByText('Clear Terminal').click();
    await forgotten;
    expect(server.conversation).toEqual([]);
    expect(session.messages).toEqual([]);
  });

  it('says that it is still on the server when clearing did not reach it', async () => {
    const { page, server } = stage;
    server.accepting = false;
    await page.getByText('Clear Terminal').click();
    expect(await page.getByRole('alert').textContent()).toContain('the server did not forget');
  });
});

describe('keys', () => {
  it('Esc stops the answer, also from the text box', async () => {
    const { page, session } = stage;
    await page.getByLabel('Message to Twin').press('Escape');
    await session.message('stop');
  });

  it('the stop button is there while an answer is', async () => {
    const { page, session } = stage;
    const stop = page.getByRole('button', { name: 'Stop the answer' });
    expect(await stop.count()).toBe(0);
    speak(session, 1, ['A long answer']);
    await stop.click();
    await session.message('stop');
    session.send('state', { state: 'idle' });
    await stop.waitFor({ state: 'detached' });
  });

  it('Ctrl L and the button clear the terminal', async () => {
    const { page, session } = stage;
    for (const clear of [() => page.keyboard.press('Control+l'), () => page.getByText('Clear Terminal').click()]) {
      converse(session, EXCHANGES);
      await rows().first().waitFor();
      await clear();
      await page.getByText('Nothing said yet.').waitFor();
    }
  });

  it('? shows the map, Esc closes it and stops nothing, and the focus goes back', async () => {
    const { page, session } = stage;
    await page.getByRole('button', { name: 'Settings' }).focus();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Settings');
    await say(page, 'end');
    await session.message('text');
    expect(session.messages.map((m) => m.type)).toEqual(['text']);
  });

  it('single keys can be switched off', async () => {
    const { page } = stage;
    await page.keyboard.press('?');
    await page.getByRole('checkbox').uncheck();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press('?');
    await page.keyboard.press(' ');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await page.locator('.mic-button').getAttribute('data-state')).toBe('off');
  });
});

describe('settings', () => {
  it('shows the server values, sends changes, and keeps a live meter while it is open', async () => {
    const { page, session } = stage;
    await page.getByRole('button', { name: 'Settings' }).click();
    expect(await session.message('meter')).toEqual({ type: 'meter', on: true });
    session.send('vad', { probability: 0.62 });
    await page.waitForFunction(
      () => document.querySelector<HTMLElement>('[data-level=vad]')?.style.getPropertyValue('--level') === '0.62',
    );
    await page.getByLabel('Voice', { exact: true }).selectOption('en-gb');
    expect(await session.message('settings')).toEqual({ type: 'settings', voice: { name: 'en-gb' } });
    await page.getByLabel('Speech starts at').fill('0.7');
    await session.message('settings', (m) => m.vad?.threshold === 0.7);
    session.send('settings', { vad: { ...stage.server.hello.vad, threshold: 0.66 }, voice: stage.server.hello.voice });
    await page.locator('output', { hasText: '66 %' }).waitFor();
    await page.keyboard.press('Escape');
    await session.message('meter', (m) => !m.on);
  });

  it('remembers the sound and the colours, and opens a silent session when the sound is off', async () => {
    const { page, server } = stage;
    expect(stage.session.audible).toBe(true);
    await page.getByRole('button', { name: 'Sound' }).click();
    for (const theme of ['light', 'dark']) {
      await page.getByRole('button', { name: /^Colours/ }).click();
      expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe(theme);
    }
    await page.reload();
    expect((await server.session(1)).audible).toBe(false);
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.getByRole('button', { name: 'Sound' }).click();
    expect((await server.session(2)).audible).toBe(true);
  });
});
