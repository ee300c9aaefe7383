/// <reference lib="dom" />
import { describe, expect, it } from 'vitest';
import { findings, LOOKS, NARROW, sideways } from './accessible.js';
import { converse, EXCHANGES, speak } from './conversation.js';
import { oneBrowser } from './one-browser.js';
import type { Stage } from './stage.js';

const LONG = { said: 'word'.repeat(60), answer: 'and on and on '.repeat(40) };

const { scripted } = oneBrowser();
let stage: Stage;

describe.each(LOOKS)('%s', (_, options) => {
  it('is accessible with a conversation under way', async () => {
    stage = await scripted(options);
    const { page, session } = stage;
    converse(session, [...EXCHANGES, LONG]);
    await page.locator('.mic-button').click();
    await session.message('mic');
    session.send('transcript.partial', { turn: 8, text: 'tell me m' });
    speak(session, 9, ['It goes on', 'for a while']);
    session.send('error', { code: 'TWIN_X', message: 'Something failed.', next: 'Run `twin doctor`.' });
    await page.locator('.heard').waitFor();
    for (const summary of await page.locator('summary').all()) await summary.click();
    expect(await findings(page)).toEqual([]);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
  });

  it('is accessible with each dialog open', async () => {
    stage = await scripted(options);
    const { page } = stage;
    for (const name of ['Settings', 'Keyboard']) {
      await page.getByRole('button', { name }).click();
      await page.getByRole('dialog', { name }).waitFor();
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    expect(await findings(page)).toEqual([]);
  });

  it('is accessible when something is wrong', async () => {
    stage = await scripted({ ...options, microphone: false });
    const { page, server, session } = stage;
    await page.locator('.mic-button').click();
    await page.getByRole('alert').waitFor();
    server.accepting = false;
    session.drop();
    await page.getByText('Try now').waitFor();
    expect(await findings(page)).toEqual([]);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    server.key = 'k';
    // The page also tries by itself; then the card is there before the click.
    await page.getByText('Try now').or(page.getByLabel('API key')).first().click();
    await page.getByLabel('API key').waitFor();
    expect(await findings(page)).toEqual([]);
  });
});

it('would find a control without a name and a grey that is too light', async () => {
  stage = await scripted();
  await stage.page.locator('.empty').evaluate((e) => {
    (e as HTMLElement).style.color = '#bbb';
    e.append(document.createElement('button'));
  });
  const found = await findings(stage.page);
  expect(found.join()).toContain('button-name');
  expect(found.join()).toContain('color-contrast');
});

it('gives every control 44 px on a touch screen', async () => {
  stage = await scripted({ viewport: NARROW, hasTouch: true, isMobile: true });
  const { page, session } = stage;
  converse(session, EXCHANGES);
  speak(session, 9, ['Speaking']);
  await page.getByRole('button', { name: 'Stop the answer' }).waitFor();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('button, summary, textarea')].flatMap((e) => {
      const { width, height } = e.getBoundingClientRect();
      return width < 44 || height < 44 ? [`${e.textContent}: ${width} x ${height}`] : [];
    }),
  );
  expect(small).toEqual([]);
});

it('stands still under reduced motion', async () => {
  stage = await scripted({ reducedMotion: 'reduce' });
  const { page, session } = stage;
  for (const state of ['idle', 'listening', 'thinking', 'speaking', 'sleeping'] as const) {
    session.send('state', { state });
    await page.locator(`.face.${state}`).waitFor();
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  }
});

it('moves otherwise', async () => {
  stage = await scripted({ reducedMotion: 'no-preference' });
  stage.session.send('state', { state: 'thinking' });
  await stage.page.locator('.face.thinking').waitFor();
  expect(await stage.page.evaluate(() => document.getAnimations().length)).toBeGreaterThan(0);
});
