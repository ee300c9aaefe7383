import { expect, it } from 'vitest';
import { ShortTermMemory, TURNS_KEPT } from './short-term.js';
import { Summaries, summarise } from './summaries.js';

const BOILER = { user: 'How old is the boiler?', assistant: 'The boiler in the cellar is twelve years old.' };
const SMALL = { user: 'Hm.', assistant: 'Yes.' };

it('a summary is made of sentences that were said', () => {
  const summary = summarise([
    BOILER,
    SMALL,
    { user: 'Who repairs the boiler?', assistant: 'Weber repairs the boiler.' },
  ]);
  expect(summary).toContain('The boiler in the cellar is twelve years old.');
  expect(summary).toContain('Weber repairs the boiler.');
  expect(summary).not.toContain('Hm.');
  expect(summary.length).toBeLessThanOrEqual(520);
});

it('of nothing there is none', () => {
  expect(summarise([SMALL])).toBe('');
});

it('turns that short-term memory lets go are summarised by fives, the rest at the end of the session', () => {
  const kept: string[] = [];
  const summaries = new Summaries((summary) => kept.push(summary));
  const memory = new ShortTermMemory(summaries);
  for (let i = 0; i < TURNS_KEPT + 4; i++) memory.add('one', BOILER.user, BOILER.assistant);
  expect(kept).toHaveLength(0);
  memory.add('one', BOILER.user, BOILER.assistant);
  expect(kept).toHaveLength(1);
  memory.add('one', BOILER.user, BOILER.assistant);
  memory.forget('one');
  expect(kept).toHaveLength(2);
  memory.forget('one');
  expect(kept).toHaveLength(2);
});
