import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchChromium } from './chromium.js';
import { openStage, type Shown, type Stage, type StageOptions } from './stage.js';

/**
 * One browser for all tests of a file. What a test opens is closed behind it, and must have had nothing to complain
 * about.
 */
export function oneBrowser(): {
  show<S extends Shown>(open: (browser: Browser) => Promise<S>): Promise<S>;
  /** A stage with a scripted server. */
  scripted(options?: StageOptions): Promise<Stage>;
} {
  let browser: Browser;
  const shown: Shown[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    const all = shown.splice(0);
    for (const one of all) await one.close();
    expect(all.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
  async function show<S extends Shown>(open: (browser: Browser) => Promise<S>): Promise<S> {
    const one = await open(browser);
    shown.push(one);
    return one;
  }
  return { show, scripted: (options) => show((its) => openStage(its, options)) };
}
