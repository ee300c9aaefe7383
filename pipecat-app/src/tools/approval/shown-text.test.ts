import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, shownText } from './shown-text.js';

test('what cannot be seen is spelled out', () => {
  expect(shownText('ls\u202e\u200b\u00ad\u3164\u0007 👍')).toBe('ls\\u202e\\u200b\\u00ad\\u3164\\u0007 👍');
  expect(canonicalJson({ b: 'x\u2028', a: [2, { d: 1, c: '\n' }] })).toBe('{"a":[2,{"c":"\\n","d":1}],"b":"x\\u2028"}');
});

test('the text gives the data back, and tells nothing of the order of keys', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
      const value = JSON.parse(text) as unknown;
      const canonical = canonicalJson(value);
      expect(canonical).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(canonicalJson(JSON.parse(canonical))).toBe(canonical);
    }),
  );
});
