/// <reference lib="dom" />
import { beforeEach, expect, it } from 'vitest';
import { oneBrowser } from './one-browser.js';
import { heardAfterSilence, installRecorder, recording } from './recorder.js';
import { type Stage, say } from './stage.js';

/** 5 ms: what may still be heard after a hold or a flush. */
const FADE_SAMPLES = 80;
const SECOND = 16_000;
/** Never silent, so that every sample that reaches the loudspeaker can be counted. */
const steady = (samples: number) => new Int16Array(samples).fill(8192);

const { scripted } = oneBrowser();
let stage: Stage;

beforeEach(async () => {
  stage = await scripted({ before: installRecorder });
  await say(stage.page, 'speak');
  await stage.session.message('text');
  await recording(stage.page);
});

it('plays every sample of a turn once and reports its end', async () => {
  const { page, session } = stage;
  session.audio(1, 0, steady(SECOND));
  session.audio(1, SECOND, steady(4000));
  session.send('audio.end', { turn: 1, samples: 20_000 });
  await session.message('played', (m) => m.samples === 20_000);
  expect(await heardAfterSilence(page, 1600)).toMatchObject({ sounding: 20_000 });
});

it('is silent within 5 ms of sound after a flush, however much was queued', async () => {
  const { page, session } = stage;
  session.audio(1, 0, steady(30 * SECOND));
  await session.message('played', (m) => m.samples > 4000);
  const before = session.position(1);
  session.send('audio.flush', { turn: 1 });
  const { sounding } = await heardAfterSilence(page, SECOND / 2);
  const reported = session.position(1);
  expect(reported).toBeGreaterThanOrEqual(before);
  expect(sounding).toBeGreaterThanOrEqual(reported);
  expect(sounding).toBeLessThanOrEqual(reported + FADE_SAMPLES);
});

it('holds, and resumes at the same sample: nothing is lost and nothing but the fade is heard twice', async () => {
  const { page, session } = stage;
  session.audio(1, 0, steady(SECOND));
  session.send('audio.end', { turn: 1, samples: SECOND });
  await session.message('played', (m) => m.samples > 2000);
  session.send('audio.hold', { turn: 1 });
  const { sounding } = await heardAfterSilence(page, SECOND / 4);
  const position = session.position(1);
  expect(sounding - position).toBeGreaterThanOrEqual(0);
  expect(sounding - position).toBeLessThanOrEqual(FADE_SAMPLES);
  expect(position).toBeLessThan(SECOND);
  session.send('audio.resume', { turn: 1 });
  await session.message('played', (m) => m.samples === SECOND);
  const all = await heardAfterSilence(page, 1600);
  expect(all.sounding - SECOND).toBeLessThanOrEqual(FADE_SAMPLES);
  expect(all.sounding).toBeGreaterThanOrEqual(SECOND);
});

it('reports positions about every 100 ms of sound, the first at once', async () => {
  const { session } = stage;
  session.audio(1, 0, steady(SECOND));
  session.send('audio.end', { turn: 1, samples: SECOND });
  await session.message('played', (m) => m.samples === SECOND);
  const positions = session.messages.flatMap((m) => (m.type === 'played' ? [m.samples] : []));
  expect(positions[0]).toBeLessThanOrEqual(128);
  const steps = positions.slice(1).map((p, i) => p - (positions[i] ?? 0));
  expect(Math.max(...steps)).toBeLessThanOrEqual(1800);
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
});

it('shows the words in step: what has not been played is not shown as heard', async () => {
  const { page, session } = stage;
  session.send('token', { turn: 1, delta: 'First part. Second part. Third part.' });
  for (const [i, text] of ['First part.', 'Second part.', 'Third part.'].entries()) {
    session.send('caption', { turn: 1, text, from: i * 8000, to: (i + 1) * 8000 });
    session.audio(1, i * 8000, steady(8000));
  }
  await session.message('played', (m) => m.samples > 9000);
  session.send('audio.hold', { turn: 1 });
  await heardAfterSilence(page, SECOND / 4);
  expect(session.position(1)).toBeLessThan(16_000);
  await page.waitForFunction(() => document.querySelector('.heard')?.textContent?.startsWith('First part.'));
  const text = await page.locator('.heard').textContent();
  expect('First part. Second part. ').toContain(text);
  expect(await page.locator('.ahead').textContent()).toBe('First part. Second part. Third part.');
});

it('drops what plays when the connection is lost', async () => {
  const { page, session, server } = stage;
  session.audio(1, 0, steady(30 * SECOND));
  await session.message('played', (m) => m.samples > 2000);
  session.drop();
  await server.session(1);
  const { sounding } = await heardAfterSilence(page, SECOND / 2);
  expect(sounding).toBeLessThan(10 * SECOND);
});
