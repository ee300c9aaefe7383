/// <reference lib="dom" />
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { launchChromium } from './chromium.js';
import { openStage, type Stage } from './stage.js';
import { toneWav, type WavFile } from './tone-wav.js';

const TONE_HZ = 500;
const SECOND = 16_000;

let wav: WavFile;
let browser: Browser;
let stage: Stage;

beforeAll(async () => {
  wav = await toneWav(TONE_HZ, 20);
  browser = await launchChromium(wav.path);
});
afterAll(async () => {
  await browser.close();
  await wav.remove();
});
beforeEach(async () => {
  stage = await openStage(browser);
});
afterEach(async () => {
  await stage.close();
  expect(stage.complaints).toEqual([]);
});

/** One second in which a wave begins as often as in the tone. */
function expectTone(second: number[]): void {
  const rising = second.filter((s, i) => s >= 0 && (second[i - 1] ?? 0) < 0).length;
  expect(Math.abs(rising - TONE_HZ)).toBeLessThan(TONE_HZ * 0.02);
}

const button = () => stage.page.locator('.mic-button');
const shows = (state: string) => stage.page.locator(`.mic-button[data-state=${state}]`).waitFor();
const micMessages = () => stage.session.messages.flatMap((m) => (m.type === 'mic' ? [m.open] : []));

it('sends what the microphone hears as 16 kHz samples, after the word that it is open', async () => {
  const { session } = stage;
  await button().click();
  await session.until(() => session.mic.length >= 2 * SECOND);
  expect(session.messages[0]).toEqual({ type: 'mic', open: true });
  expectTone(session.mic.slice(-SECOND));
});

it('shows the five states by name', async () => {
  const { session } = stage;
  await shows('off');
  await button().click();
  await shows('listening');
  session.send('state', { state: 'thinking' });
  await shows('thinking');
  expect(await button().textContent()).toContain('Thinking');
  session.send('state', { state: 'speaking' });
  await shows('speaking');
  await button().click();
  await shows('muted');
  await button().click();
  await shows('speaking');
});

it('sends nothing while it is muted, and closes the utterance', async () => {
  const { session } = stage;
  await button().click();
  await session.until(() => session.mic.length >= SECOND / 2);
  await button().click();
  await session.until(() => micMessages().at(-1) === false);
  const count = session.mic.length;
  // While a quarter of a second is played, an open microphone would send twelve frames.
  session.audio(1, 0, new Int16Array(SECOND / 4));
  session.send('audio.end', { turn: 1, samples: SECOND / 4 });
  await session.message('played', (m) => m.samples === SECOND / 4);
  expect(session.mic.length).toBe(count);
  await button().click();
  await session.until(() => session.mic.length >= count + SECOND / 4);
  expect(micMessages()).toEqual([true, false, true]);
});

it('names in `played` a microphone sample that the server has or is about to get', async () => {
  const { session } = stage;
  await button().click();
  await session.until(() => session.mic.length >= SECOND / 2);
  session.audio(1, 0, new Int16Array(SECOND).fill(5000));
  session.send('audio.end', { turn: 1, samples: SECOND });
  const first = await session.message('played', (m) => m.samples > 0);
  const last = await session.message('played', (m) => m.samples === SECOND);
  await session.until(() => session.mic.length >= last.mic);
  // Player and microphone run on one clock: a second of sound is a second of microphone.
  expect(Math.abs(last.mic - first.mic - (last.samples - first.samples))).toBeLessThanOrEqual(256);
});

it('takes Space as push-to-talk when it is held, and as a switch when it is not', async () => {
  const { page, session } = stage;
  await page.keyboard.press(' ');
  await shows('listening');
  await page.keyboard.press(' ');
  await shows('muted');
  await page.keyboard.down(' ');
  await shows('listening');
  const before = session.mic.length;
  await session.until(() => session.mic.length >= before + SECOND / 2);
  await page.keyboard.up(' ');
  await shows('muted');
});

it('gives the microphone back when it is switched off', async () => {
  const { page, session } = stage;
  await button().click();
  await session.message('mic');
  await page.getByRole('button', { name: 'Switch mic off' }).click();
  await shows('off');
  await session.until(() => micMessages().at(-1) === false);
});

it('goes on listening in the new session after the connection was lost', async () => {
  const { server, session } = stage;
  await button().click();
  await session.until(() => session.mic.length >= SECOND / 4);
  session.drop();
  const next = await server.session(1);
  await next.until(() => next.mic.length >= SECOND / 4);
  expect(next.messages[0]).toEqual({ type: 'mic', open: true });
});

it('resamples both ways where the browser ties the microphone to the rate of the hardware', async () => {
  const { page, session } = stage;
  await page.evaluate(() => {
    const create = AudioContext.prototype.createMediaStreamSource;
    AudioContext.prototype.createMediaStreamSource = function (stream) {
      if (this.sampleRate === 16_000) throw new DOMException('other rate', 'NotSupportedError');
      Object.assign(window, { rate: this.sampleRate });
      return create.call(this, stream);
    };
  });
  await button().click();
  await session.until(() => session.mic.length >= 2 * SECOND);
  expect(await page.evaluate(() => (window as unknown as { rate: number }).rate)).toBeGreaterThanOrEqual(44_100);
  expectTone(session.mic.slice(-SECOND));
  session.audio(1, 0, new Int16Array(SECOND).fill(5000));
  session.send('audio.end', { turn: 1, samples: SECOND });
  const first = await session.message('played', (m) => m.samples > 0);
  const last = await session.message('played', (m) => m.samples === SECOND);
  expect(Math.abs(last.mic - first.mic - (last.samples - first.samples))).toBeLessThanOrEqual(512);
});

it('moves the level bar of the one who speaks', async () => {
  await button().click();
  await stage.page.waitForFunction(() => {
    const bar = document.querySelector<HTMLElement>('[data-level=You]');
    return Number(bar?.style.getPropertyValue('--level')) > 0.3;
  });
});
