import { expect, it } from 'vitest';
import { checkPrompt, kindOf } from './prompt-text.js';

it.each([
  ['router.txt', 'persona'],
  ['commands.yaml', 'commands'],
  ['coding_expert.txt', 'expert'],
  ['my-own-2_expert.txt', 'expert'],
])('%s is a %s', (name, kind) => {
  expect(kindOf(name)).toBe(kind);
});

it.each([
  '',
  '.',
  '..',
  '../router.txt',
  'router.txt/',
  'a/b_expert.txt',
  '..\\x_expert.txt',
  '_expert.txt',
  'Coding_expert.txt',
  'x_expert.txt\n',
  'x\0_expert.txt',
  `${'x'.repeat(64)}_expert.txt`,
  'routing.json',
  'commands.yml',
])('%j is no prompt', (name) => {
  expect(() => kindOf(name)).toThrow('no name of a prompt');
});

it.each([
  ['router.txt', '', /line 1/],
  ['x_expert.txt', 'You are x.\n---\nTwin: a', /line 3/],
  ['commands.yaml', 'commands:\n  - call: a.b\n    say: [what (now, "{weight}"]', /2 problem.*line 3.*weight/s],
  ['router.txt', 'x'.repeat(33 * 1024), /longer than 32 kB/],
  ['router.txt', 'ä'.repeat(17 * 1024), /longer than 32 kB/],
  ['router.txt', 'You\0are', /no text/],
  ['router.txt', 'You \uD800 are', /no text/],
  ['router.txt', 'You \uFFFD are', /no text/],
])('%s with %j is refused', (name, text, message) => {
  expect(() => checkPrompt(name, text)).toThrow(message);
});

it('takes what its readers understand', () => {
  checkPrompt('router.txt', 'You are Twin.\r\n\tKind, and 🙂.\n---\nUser: a\nTwin: b\n');
  checkPrompt('commands.yaml', 'commands: [{ call: a.b, say: [hello] }]');
});
