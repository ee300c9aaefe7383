import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressOf } from './address.js';

test.each([
  ['Wikipedia dot org', 'https://wikipedia.org'],
  ['docs.example.com/start', 'https://docs.example.com/start'],
  ['http://example.com', 'http://example.com'],
  ['the browser', undefined],
  ['example dot com please', undefined],
  ['7.30', undefined],
])('%s', (said, address) => {
  expect(addressOf(said)).toBe(address);
});

test('spoken or written: an address of labels and a path is itself', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
  const end = fc.constantFrom('org', 'com', 'de', 'info');
  fc.assert(
    fc.property(
      fc.array(label, { minLength: 1, maxLength: 3 }),
      end,
      fc.array(label, { maxLength: 2 }),
      (labels, last, path) => {
        const [host, rest] = [[...labels, last], path];
        const written = [host.join('.'), ...rest].join('/');
        const spoken = [host.join(' dot '), ...rest].join(' slash ');
        expect(addressOf(written)).toBe(`https://${written}`);
        expect(addressOf(spoken)).toBe(`https://${written}`);
        expect(URL.canParse(`https://${written}`)).toBe(true);
      },
    ),
  );
});
