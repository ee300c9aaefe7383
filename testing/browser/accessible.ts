/// <reference lib="dom" />
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';

const WIDE = { width: 1200, height: 760 };
export const NARROW = { width: 320, height: 568 };
/** In which the page must be accessible. */
export const LOOKS: [string, BrowserContextOptions][] = [
  ['light', { colorScheme: 'light', viewport: WIDE }],
  ['dark', { colorScheme: 'dark', viewport: WIDE }],
  ['light at 320 px', { colorScheme: 'light', viewport: NARROW, hasTouch: true }],
  ['dark at 320 px', { colorScheme: 'dark', viewport: NARROW, hasTouch: true }],
];

const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds, one line each. */
export async function findings(page: Page): Promise<string[]> {
  // Colours are measured when nothing is on its way from one to another.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((a) => (a.effect?.getTiming().iterations === 1 ? a.finished : 0))),
  );
  await page.evaluate(await axe);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
  );
}

/** Pixels by which the page is wider than the window. */
export const sideways = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
