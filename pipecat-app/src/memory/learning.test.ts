import { expect, it } from 'vitest';
import { Learning } from './learning.js';

it('what was said is kept after the turn, in its order, and a failure stops nothing', async () => {
  const kept: string[] = [];
  const errors: unknown[] = [];
  const learning = new Learning(
    {
      async remember(text, source) {
        if (text.includes('tea')) throw new Error('full');
        kept.push(`${source}: ${text}`);
        return { fact: {} as never, how: 'new' };
      },
    },
    (error) => errors.push(error),
  );
  learning.heard('My name is Anna. I like tea. What time is it?');
  learning.keep('Earlier: boilers.', 'summary');
  expect(kept).toEqual([]);
  await learning.close();
  expect(kept).toEqual(['conversation: My name is Anna.', 'summary: Earlier: boilers.']);
  expect(errors).toHaveLength(1);
  learning.heard('My name is Bob.');
  await learning.settled();
  expect(kept).toHaveLength(2);
});

it('the end of the agent does not wait long for memory', async () => {
  const learning = new Learning(
    {
      remember: (_text, _source, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
    },
    () => expect.unreachable(),
  );
  learning.keep('Never kept.', 'told');
  await learning.close(1);
});
