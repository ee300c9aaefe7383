import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../tools/manual-clock.fixture.js';
import type { Understood } from '../reflex/reflex.js';
import { AskBack } from './ask-back.js';
import { ridge } from './ridge.js';
import { halves } from './split.js';

describe('halves of a sentence', () => {
  test('are parted at "and", "then" and marks', () => {
    expect(halves('Turn off the light and set a timer')).toEqual([['Turn off the light', 'set a timer']]);
    expect(halves('Stop, then mute.')).toEqual([['Stop', 'mute.']]);
    expect(halves('mute')).toEqual([]);
    expect(halves('and then')).toEqual([]);
  });

  test('say together what was said, and neither is empty', () => {
    const word = fc.constantFrom('stop', 'and', 'then', 'the', 'light', ',', 'sand', 'also');
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const text = words.join(' ');
        for (const [first, second] of halves(text)) {
          expect(text.startsWith(first) && text.endsWith(second)).toBe(true);
          expect(first.length + second.length).toBeLessThan(text.length);
          expect(`${first} ${second}`).toMatch(/[a-z]/);
        }
      }),
    );
  });
});

describe('a question back', () => {
  const command: Understood = { call: 'lamp.off', args: {}, reply: undefined, cost: 0.5 };

  test.each([
    ['Yes.', { yes: command }],
    ['yes please', { yes: command }],
    ['No!', 'no'],
    ['never mind', 'no'],
    ['What time is it?', undefined],
  ])('is settled by %j', (text, answer) => {
    const asked = new AskBack(new ManualClock(0));
    asked.ask('a', command);
    expect(asked.answer('b', 'yes'), 'another session').toBeUndefined();
    expect(asked.answer('a', text)).toEqual(answer);
    expect(asked.answer('a', 'yes'), 'a second time').toBeUndefined();
  });

  test('waits for twenty seconds, and leaves no timer behind', () => {
    const clock = new ManualClock(0);
    const asked = new AskBack(clock);
    asked.ask('a', command);
    asked.ask('a', { ...command, call: 'lamp.on' });
    expect(clock.armed).toBe(1);
    clock.advance(19_999);
    expect(asked.answer('a', 'yes')).toMatchObject({ yes: { call: 'lamp.on' } });
    asked.ask('a', command);
    clock.advance(20_000);
    expect(asked.answer('a', 'yes')).toBeUndefined();
    asked.ask('a', command);
    asked.close();
    expect(clock.armed).toBe(0);
  });
});

test('ridge scores are nearly one for the own class and nearly none for others, however few its examples', () => {
  const axis = fc.integer({ min: 0, max: 5 });
  fc.assert(
    fc.property(fc.array(axis, { minLength: 1, maxLength: 30 }), (drawn) => {
      const unit = (at: number) => Float32Array.from({ length: 6 }, (_, i) => Number(i === at));
      const samples = [0, 1, 2, 3, 4, 5, ...drawn].map((of) => ({ vector: unit(of), of }));
      const scores = ridge(samples, 6, 0.01);
      for (let of = 0; of < 6; of++) {
        const its = scores(unit(of));
        expect(its.indexOf(Math.max(...its))).toBe(of);
        expect(its[of]).toBeGreaterThan(0.8);
      }
    }),
  );
});
