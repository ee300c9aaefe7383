import { expect, it } from 'vitest';
import { emptyLog, foldLog, type LogNews } from './log-state.js';

const start = (allocation: string): LogNews => ({
  type: 'start',
  data: { allocation, group: 'head', task: 'head', node: 'n1' },
});
const line = (text: string, stream: 'stdout' | 'stderr' = 'stdout'): LogNews => ({
  type: 'log',
  data: { stream, text },
});
const folded = (...news: LogNews[]) => news.reduce(foldLog, emptyLog);
const shown = (...news: LogNews[]) => folded(...news).blocks.map(({ kind, text }) => [kind, text]);

it('announces a task once, however often the connection comes back', () => {
  const blocks = shown(start('aaaa1111-2'), line('one\n'), start('aaaa1111-2'), line('two\n'));
  expect(blocks).toEqual([
    ['remark', 'Task head of group head on n1, allocation aaaa1111.'],
    ['stdout', 'one\ntwo\n'],
  ]);
  expect(shown(start('a'), start('b'))).toHaveLength(2);
});

it('keeps both streams apart and in order', () => {
  expect(shown(line('one\n'), line('bad\n', 'stderr'), line('two\n')).map(([kind]) => kind)).toEqual([
    'stdout',
    'stderr',
    'stdout',
  ]);
});

it('forgets the oldest lines of a long log, and never the newest', () => {
  const many = Array.from({ length: 100 }, (_, i) => line(`${i} ${'x'.repeat(9_990)}\n`));
  const { blocks } = folded(...many);
  expect(blocks.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(300_000);
  expect(blocks.at(-1)?.text).toMatch(/^99 /);
  expect(folded(line('y'.repeat(400_000))).blocks).toHaveLength(1);
});
