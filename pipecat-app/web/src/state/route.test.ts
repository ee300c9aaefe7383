import { expect, it } from 'vitest';
import { hrefOf, PAGES, pageOf, usedHref } from './route.js';

it('finds each page by its own address, and Talk by any other', () => {
  for (const { page } of PAGES) expect(pageOf(hrefOf(page))).toBe(page);
  for (const hash of ['', '#', '#/nothing', '#/cluster/x']) expect(pageOf(hash)).toBe('talk');
});

it('finds a page whose address says more', () => {
  expect(usedHref([3, 17])).toBe('#/memory?used=3,17');
  expect(pageOf(usedHref([3, 17]))).toBe('memory');
});
