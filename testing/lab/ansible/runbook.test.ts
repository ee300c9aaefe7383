import { expect, test } from 'vitest';
import { blockBelow } from './runbook.js';

const TEXT = ['## One', '**First:** do', '', '```sh', 'rm LOST', '```', '## Two', '```sh', 'ls', '```'].join('\n');

test('the first block below a line, with its words filled in', () => {
  expect(blockBelow(TEXT, '**First:**', { LOST: 'node1' })).toBe('rm node1');
  expect(blockBelow(TEXT, '## Two', {})).toBe('ls');
});

test('what is missing has a name', () => {
  expect(() => blockBelow(TEXT, '## Three', {})).toThrow('no line that begins with ## Three');
  expect(() => blockBelow(TEXT, '**First:**', {})).toThrow('Nobody said what LOST is');
});
