/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { oneBrowser } from './one-browser.js';
import type { Stage } from './stage.js';

type Opened = { microphones: string[]; sinks: string[] };

const { scripted } = oneBrowser();
let stage: Stage;

/** Writes down which microphones the page gets and on which loudspeakers it plays, by label. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const opened: Opened = { microphones: [], sinks: [] };
    Object.assign(window, { opened });
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      opened.microphones.push(stream.getAudioTracks()[0]?.label ?? '');
      return stream;
    };
    const sinkable = AudioContext.prototype as unknown as { setSinkId(id: string): Promise<void> };
    const { setSinkId } = sinkable;
    sinkable.setSinkId = async function (id) {
      await setSinkId.call(this, id);
      const all = await mediaDevices.enumerateDevices();
      opened.sinks.push(all.find((d) => d.kind === 'audiooutput' && d.deviceId === id)?.label ?? id);
    };
  });
}
const opened = () => stage.page.evaluate(() => (window as unknown as { opened: Opened }).opened);
const untilListening = () => stage.page.locator('.mic-button[data-state=listening]').waitFor();

/** Chooses the device with this name; Chromium's pretended devices are numbered. */
async function choose(list: string, label: string): Promise<void> {
  await stage.page.getByRole('button', { name: 'Settings' }).click();
  await stage.page.getByRole('combobox', { name: list }).selectOption({ label });
  await stage.page.keyboard.press('Escape');
}

/** A page of somebody who chose these devices earlier. */
const remembering = (prefs: object) =>
  scripted({
    before: async (_, page) => {
      await watch(page);
      await page.addInitScript((kept) => localStorage.setItem('twin.prefs', kept), JSON.stringify(prefs));
    },
  });

describe('a chosen microphone', () => {
  it('takes over while one talks, and is used again at the next visit', async () => {
    stage = await scripted({ before: (_, page) => watch(page) });
    const { page, server, session } = stage;
    await page.locator('.mic-button').click();
    await untilListening();
    await choose('Microphone', 'Fake Audio Input 2');
    await page.waitForFunction(() => (window as unknown as { opened: Opened }).opened.microphones.length === 2);
    expect((await opened()).microphones[1]).toBe('Fake Audio Input 2');
    await untilListening();
    const before = session.mic.length;
    await session.until(() => session.mic.length > before + 8000);
    await page.reload();
    const next = await server.session(1);
    await page.locator('.mic-button').click();
    await next.until(() => next.mic.length > 0);
    expect((await opened()).microphones).toEqual(['Fake Audio Input 2']);
  });

  it('that is gone is replaced by the system’s own, in words', async () => {
    stage = await remembering({ microphone: { id: 'gone', label: 'Desk mic' } });
    const { page, session } = stage;
    await page.locator('.mic-button').click();
    await untilListening();
    expect(await page.getByRole('alert').textContent()).toMatch(/microphone “Desk mic” is not there.*Plug it in/);
    await session.until(() => session.mic.length > 0);
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('option', { name: 'Desk mic (not there)' }).waitFor({ state: 'attached' });
  });
});

describe('a chosen loudspeaker', () => {
  const hear = async () => {
    const { session } = stage;
    session.audio(1, 0, new Int16Array(1600).fill(5000));
    session.send('audio.end', { turn: 1, samples: 1600 });
    await session.message('played', (m) => m.samples === 1600);
  };

  it('plays, and is remembered', async () => {
    stage = await scripted({ before: (_, page) => watch(page) });
    const { page } = stage;
    await page.locator('.mic-button').click();
    await untilListening();
    await choose('Loudspeaker', 'Fake Audio Output 2');
    await page.waitForFunction(() => (window as unknown as { opened: Opened }).opened.sinks.length > 0);
    expect((await opened()).sinks).toEqual(['Fake Audio Output 2']);
    await hear();
    expect(await page.evaluate(() => JSON.parse(localStorage.getItem('twin.prefs') ?? '{}').loudspeaker.label)).toBe(
      'Fake Audio Output 2',
    );
  });

  it('that is gone is replaced by the system’s own, in words', async () => {
    stage = await remembering({ loudspeaker: { id: 'gone', label: 'Kitchen' } });
    await stage.page.locator('.mic-button').click();
    await untilListening();
    await hear();
    expect(await stage.page.getByRole('alert').textContent()).toMatch(/loudspeaker “Kitchen” is not there/);
  });

  it('cannot be chosen where the browser does not let pages choose, and the page says so', async () => {
    stage = await scripted({
      before: async (_, page) => {
        await page.addInitScript(() => {
          delete (AudioContext.prototype as unknown as { setSinkId?: unknown }).setSinkId;
        });
      },
    });
    await stage.page.getByRole('button', { name: 'Settings' }).click();
    await stage.page.getByText('plays on the loudspeaker of the system').waitFor();
    expect(await stage.page.getByRole('combobox', { name: 'Loudspeaker' }).count()).toBe(0);
  });
});
