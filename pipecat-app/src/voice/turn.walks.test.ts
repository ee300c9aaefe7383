import fc from 'fast-check';
import { describe, it } from 'vitest';
import { rules } from './turn.fixture.js';
import { type Event, initial, next, type State } from './turn.js';

const anyEvent = fc.oneof(
  fc.record({ type: fc.constant('started' as const), at: fc.nat(1e6) }),
  fc.record({ type: fc.constant('silent' as const), at: fc.nat(1e6) }),
  fc.constant({ type: 'misfire' as const }),
  fc.record({
    type: fc.constant('heard' as const),
    text: fc.constantFrom('', 'stop', 'mhm', 'what time is it', 'I want to', 'tell me more.'),
    final: fc.boolean(),
    mark: fc.integer({ min: -1, max: 60 }),
    complete: fc.boolean(),
    at: fc.nat(1e6),
  }),
  fc.record({ type: fc.constant('deaf' as const), mark: fc.integer({ min: 0, max: 60 }), say: fc.constant('Sorry.') }),
  fc.record({ type: fc.constant('timer' as const), mark: fc.integer({ min: 0, max: 60 }), at: fc.nat(2e6) }),
  fc.record({ type: fc.constant('micClosed' as const), at: fc.nat(1e6) }),
  fc.constant({ type: 'typed' as const, text: 'hello' }),
  fc.constant({ type: 'announce' as const, text: 'Ding.' }),
  fc.constant({ type: 'stop' as const }),
  fc.record({ type: fc.constant('audible' as const), turn: fc.integer({ min: 0, max: 80 }) }),
  fc.record({
    type: fc.constant('ended' as const),
    turn: fc.integer({ min: 0, max: 80 }),
    answer: fc.constant('Yes.'),
    whole: fc.boolean(),
  }),
);
/** Picks that make events fit the state half of the time, so that walks get deep. */
const walk = fc.array(fc.tuple(anyEvent, fc.boolean()), { minLength: 200, maxLength: 200 });

function fitted(state: State, event: Event, fit: boolean): Event {
  if (!fit) return event;
  if ((event.type === 'ended' || event.type === 'audible') && state.reply) return { ...event, turn: state.reply.turn };
  if ((event.type === 'heard' || event.type === 'timer' || event.type === 'deaf') && state.ears.is === 'silent')
    return { ...event, mark: state.ears.mark };
  return event;
}

describe('10 000 random walks of 200 events', () => {
  it('break no invariant', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(walk, (events) => {
        let state = initial;
        const open = new Map<number, { cancelled: boolean; held: boolean }>();
        let replied = 0;
        for (const [raw, fit] of events) {
          const event = fitted(state, raw, fit);
          const before = state;
          const [after, steps] = next(state, event, rules);
          for (const step of steps) {
            if (step.do === 'reply') {
              if (open.size !== 0) throw new Error('two live replies');
              open.set(step.turn, { cancelled: false, held: false });
              replied++;
            } else if (step.do === 'commit') {
              if (!open.delete(step.turn)) throw new Error('an end without a reply, or a second end');
            } else if (step.do === 'cancel' || step.do === 'hold' || step.do === 'resume') {
              const reply = open.get(step.turn);
              if (!reply || reply.cancelled) throw new Error(`${step.do} after the end`);
              if (step.do === 'cancel') reply.cancelled = true;
              else if (reply.held === (step.do === 'hold')) throw new Error(`${step.do} twice`);
              else reply.held = step.do === 'hold';
            }
          }
          if ((after.reply === null) !== (open.size === 0)) throw new Error('the state forgot a reply');
          if (event.type === 'announce' && after.queue.length + replied < before.queue.length + 1)
            throw new Error('an announcement was lost');
          if (after.ears.is === 'quiet' && after.reply?.held) throw new Error('held in silence');
          if (after.turn < before.turn || after.mark < before.mark) throw new Error('a number ran backwards');
          state = after;
        }
      }),
      { numRuns: 10_000, seed: 20_260 },
    );
  });
});
