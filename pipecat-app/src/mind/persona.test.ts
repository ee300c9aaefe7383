import { expect, test } from 'vitest';
import { parsePersona } from './persona.js';

test('text, then examples; notes are left out', () => {
  expect(
    parsePersona(
      '# note\nYou are Twin.\nYou are kind.\n---\nUser: Hi?\nTwin: Hello.\n\nUser: Bye\nTwin: Goodbye: soon.',
    ),
  ).toEqual({
    text: 'You are Twin.\nYou are kind.',
    examples: [
      { user: 'Hi?', assistant: 'Hello.' },
      { user: 'Bye', assistant: 'Goodbye: soon.' },
    ],
  });
});

test.each([
  ['', /line 1/],
  ['---\nUser: a\nTwin: b', /line 1/],
  ['You are Twin.\n---\nUser: a\nUser: b', /line 4/],
  ['You are Twin.\n---\nTwin: a', /line 3/],
  ['You are Twin.\n---\nUser: a', /has no "Twin:" line/],
])('%j is refused', (text, message) => {
  expect(() => parsePersona(text)).toThrow(message);
});
