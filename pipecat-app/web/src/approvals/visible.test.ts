import { expect, it } from 'vitest';
import { partsOf } from './visible.js';

const hidden = (text: string) => partsOf(text).filter((part) => part.hidden);

it('shows controls, bidi marks and fillers, escaped already or not', () => {
  expect(partsOf('a\u202eb\\u200bc')).toEqual([
    { text: 'a', hidden: false },
    { text: '\\u202e', hidden: true },
    { text: 'b', hidden: false },
    { text: '\\u200b', hidden: true },
    { text: 'c', hidden: false },
  ]);
  for (const one of ['\n', '\t', '\u0000', '\u00a0', '\u2028', '\u3164', '\ufeff'])
    expect(hidden(`x${one}y`), JSON.stringify(one)).toHaveLength(1);
});

it('takes an escaped backslash for what it is', () => {
  expect(hidden('\\\\u202e')).toEqual([]);
  expect(hidden('\\\\\\u202e')).toHaveLength(1);
});

it('leaves nothing out', () => {
  const text = '{"a":"\\\\u202e \\u202e é 😀"}';
  expect(
    partsOf(text)
      .map((part) => part.text)
      .join(''),
  ).toBe(text);
});
