import { expect, test } from 'vitest';
import { OutputWindow, printable } from './output-window.js';

test('a short output is kept whole', () => {
  const window = new OutputWindow();
  window.add('one\n');
  window.add('two\n');
  expect(window.text()).toBe('one\ntwo');
});

test('of a long one the beginning and the end are kept, in any pieces', () => {
  for (const size of [1, 3, 7, 100]) {
    const window = new OutputWindow({ head: 5, tail: 4 });
    const all = 'abcdefghijklmnopqrstuvwxyz';
    for (let i = 0; i < all.length; i += size) window.add(all.slice(i, i + size));
    expect(window.text()).toBe('abcde\n… 17 characters left out …\nwxyz');
    expect(window.size).toBe(26);
  }
});

test('colours, titles, bells and backspaces of terminals are left out', () => {
  expect(printable('\x1b[1;31mred\x1b[0m \x1b]0;title\x07bell\x07 10%\r20%\r\ndone\x08\u202e')).toBe(
    'red bell 10%\n20%\ndone',
  );
});
