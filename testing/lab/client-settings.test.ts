import { describe, expect, it } from 'vitest';
import { goProxy } from './client-settings.js';

describe("Go's list of proxies", () => {
  it.each([
    ['https://one.example,https://two.example', 'https://one.example'],
    ['direct|http://two.example', 'http://two.example'],
    ['off', undefined],
    ['', undefined],
  ])('%j is reached by %j', (list, expected) => {
    expect(goProxy(list)).toBe(expected);
  });
});
