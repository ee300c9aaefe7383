import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EndpointRules } from './endpoint.js';
import { type Ears, type Event, initial, next, publicState, type Reply, type State, type Step } from './turn.js';

const rules: EndpointRules = { redemptionSamples: 11_200, minSpeechSamples: 1920, coughSamples: 2560, habitSamples: 0 };

const run = (events: Event[], from: State = initial): { state: State; steps: Step[] } => {
  let state = from;
  const steps: Step[] = [];
  for (const event of events) {
    const [after, more] = next(state, event, rules);
    state = after;
    steps.push(...more);
  }
  return { state, steps };
};
const kinds = (steps: Step[]): string[] => steps.map((step) => step.do);
const heard = (text: string, mark: number, more: Partial<Extract<Event, { type: 'heard' }>> = {}): Event => ({
  type: 'heard',
  text,
  final: true,
  mark,
  complete: false,
  at: 0,
  ...more,
});

/** A reply of turn 1 that is heard by the user. */
const speaking = run([
  { type: 'typed', text: 'hello' },
  { type: 'audible', turn: 1 },
]).state;
const said = (length: number, at = 16_000): Event[] => [
  { type: 'started', at },
  { type: 'silent', at: at + length },
];

describe('a turn', () => {
  it('is transcribed when the voice falls silent and replied to when the silence has lasted', () => {
    const { steps, state } = run([
      ...said(16_000),
      heard('tell me a story.', 1),
      { type: 'timer', mark: 1, at: 32_000 + 11_200 },
    ]);
    expect(kinds(steps)).toEqual(['transcribe', 'wait', 'wait', 'reply']);
    expect(state.reply).toEqual({ turn: 1, is: 'thinking', held: false });
  });

  it('ends at once when the words are a complete command and 200 ms have passed', () => {
    const { steps } = run([...said(16_000), heard('what time is it', 1, { complete: true, at: 32_000 + 3200 })]);
    expect(kinds(steps)).toEqual(['transcribe', 'wait', 'reply']);
  });

  it('goes on when the user speaks again before it is over, with the same beginning', () => {
    const { state, steps } = run([
      ...said(16_000),
      { type: 'started', at: 40_000 },
      heard('tell me', 1),
      { type: 'timer', mark: 1, at: 60_000 },
      { type: 'silent', at: 64_000 },
    ]);
    expect(state.ears).toMatchObject({ is: 'silent', from: 16_000, to: 64_000, mark: 2 });
    expect(kinds(steps)).toEqual(['transcribe', 'wait', 'transcribe', 'wait']);
  });

  it('waits for words that come late, then begins without further delay', () => {
    const { steps } = run([
      ...said(16_000),
      { type: 'timer', mark: 1, at: 50_000 },
      heard('hello there.', 1, { at: 55_000 }),
    ]);
    expect(kinds(steps)).toEqual(['transcribe', 'wait', 'reply']);
  });

  it('is nothing when no words were in it', () => {
    const { steps, state } = run([...said(16_000), heard('', 1)]);
    expect(kinds(steps)).toEqual(['transcribe', 'wait', 'drop']);
    expect(publicState(state)).toBe('idle');
  });

  it('is over when the microphone is closed', () => {
    const { steps } = run([{ type: 'started', at: 0 }, { type: 'micClosed', at: 16_000 }, heard('hello.', 1)]);
    expect(kinds(steps)).toEqual(['transcribe', 'reply']);
  });

  it('is apologised for when the ears fail', () => {
    const { steps } = run([...said(16_000), { type: 'deaf', mark: 1, say: 'Sorry.' }]);
    expect(steps.at(-1)).toMatchObject({ do: 'reply', input: { kind: 'apology', text: 'Sorry.' } });
  });
});

describe('speech over a reply', () => {
  it('holds it at once', () => {
    expect(run([{ type: 'started', at: 100 }], speaking).steps).toEqual([{ do: 'hold', turn: 1 }]);
  });

  it('resumes it after a cough without asking the ears', () => {
    const { steps, state } = run(said(2000), speaking);
    expect(kinds(steps)).toEqual(['hold', 'drop', 'resume']);
    expect(publicState(state)).toBe('speaking');
  });

  it('resumes it after "mhm"', () => {
    expect(kinds(run([...said(4000), heard('Mm-hmm.', 1)], speaking).steps)).toEqual([
      'hold',
      'transcribe',
      'wait',
      'drop',
      'resume',
    ]);
  });

  it('cancels it on words and answers them after the old reply has ended', () => {
    const { steps, state } = run([...said(6000), heard('stop', 1, { complete: true, at: 30_000 })], speaking);
    expect(kinds(steps)).toEqual(['hold', 'transcribe', 'wait', 'cancel']);
    const after = run([{ type: 'ended', turn: 1, answer: 'Hel', whole: false }], state);
    expect(kinds(after.steps)).toEqual(['commit', 'reply']);
  });

  it('cancels it on two partial words, before the sentence is over', () => {
    const { steps } = run(
      [
        { type: 'started', at: 100 },
        { type: 'heard', text: 'wait a', final: false, mark: -1, complete: false, at: 9000 },
      ],
      speaking,
    );
    expect(kinds(steps)).toEqual(['hold', 'cancel']);
  });
});

describe('announcements', () => {
  it('wait until nobody speaks', () => {
    const { steps, state } = run([
      { type: 'started', at: 0 },
      { type: 'announce', text: 'Your timer is done.' },
    ]);
    expect(steps).toEqual([]);
    expect(kinds(run([{ type: 'silent', at: 16_000 }, heard('', 1)], state).steps)).toEqual([
      'transcribe',
      'wait',
      'drop',
      'reply',
    ]);
  });
});

const ears: Ears[] = [
  { is: 'quiet' },
  { is: 'speaking', from: 16_000 },
  { is: 'silent', from: 16_000, to: 32_000, mark: 1, deadline: 43_200, text: null, due: false },
  { is: 'silent', from: 16_000, to: 32_000, mark: 1, deadline: 43_200, text: null, due: true },
  { is: 'silent', from: 16_000, to: 32_000, mark: 1, deadline: 43_200, text: 'tell me more', due: false },
];
const replies: (Reply | null)[] = [
  null,
  ...(['thinking', 'speaking'] as const).flatMap((is) => [false, true].map((held) => ({ turn: 1, is, held }))),
  { turn: 1, is: 'ending', held: false },
];
const events: Event[] = [
  { type: 'started', at: 50_000 },
  { type: 'silent', at: 40_000 },
  { type: 'misfire' },
  heard('play some music', 1, { at: 33_000 }),
  heard('what time is it', 1, { complete: true, at: 36_000 }),
  heard('', 1),
  heard('mhm', 1),
  heard('too late', 0),
  { type: 'heard', text: 'and then', final: false, mark: -1, complete: false, at: 33_000 },
  { type: 'deaf', mark: 1, say: 'Sorry.' },
  { type: 'deaf', mark: 0, say: 'Sorry.' },
  { type: 'timer', mark: 1, at: 43_200 },
  { type: 'timer', mark: 1, at: 43_199 },
  { type: 'timer', mark: 0, at: 90_000 },
  { type: 'micClosed', at: 40_000 },
  { type: 'typed', text: 'hello' },
  { type: 'announce', text: 'Ding.' },
  { type: 'stop' },
  { type: 'audible', turn: 1 },
  { type: 'audible', turn: 9 },
  { type: 'ended', turn: 1, answer: 'Yes.', whole: true },
  { type: 'ended', turn: 9, answer: 'No.', whole: true },
];

/** The whole table, one line per cell: every state takes every event, and what it does is written down. */
describe('every state × event cell', () => {
  const reachable = (e: Ears, reply: Reply | null): boolean => !(e.is === 'quiet' && reply?.held === true);
  const states = ears.flatMap((e) => replies.filter((reply) => reachable(e, reply)).map((reply) => ({ e, reply })));
  const cells = states.flatMap((state) => events.map((event) => ({ ...state, event })));
  it(`is asserted (${cells.length} cells)`, async () => {
    const table = cells.map(({ e, reply, event }) => {
      const state: State = { ears: e, reply, queue: [], turn: 1, mark: 1 };
      const [after, steps] = next(state, event, rules);
      checkCell(state, event, after, steps);
      const floor = reply === null ? 'free' : `${reply.is}${reply.held ? '+held' : ''}`;
      const name = `${event.type}${'text' in event ? ` "${event.text}"` : ''}${'mark' in event ? ` #${event.mark}` : ''}${'at' in event ? ` @${event.at}` : ''}${'turn' in event ? ` t${event.turn}` : ''}`;
      const now = after.reply === null ? 'free' : `${after.reply.is}${after.reply.held ? '+held' : ''}`;
      const silence = (x: Ears): string =>
        x.is === 'silent' ? `silent${x.due ? '!' : ''}${x.text === null ? '' : '="…"'}` : x.is;
      return `${silence(e)} ${floor} | ${name} → ${silence(after.ears)} ${now} | ${kinds(steps).join(' ')}`;
    });
    await expect(`${table.join('\n')}\n`).toMatchFileSnapshot('turn.cells.txt');
  });
});

/** What must hold in each single cell, whatever the table says. */
function checkCell(before: State, event: Event, after: State, steps: Step[]): void {
  const context = JSON.stringify({ before, event, after, steps });
  const count = (kind: Step['do']): number => steps.filter((step) => step.do === kind).length;
  const wasLive = before.reply !== null && before.reply.is !== 'ending';
  expect(count('reply') <= 1, `one reply at a time ${context}`).toBe(true);
  if (count('reply') === 1)
    expect(before.reply === null || event.type === 'ended', `floor was free ${context}`).toBe(true);
  if (count('cancel') === 1) {
    expect(wasLive, `cancels only a live reply ${context}`).toBe(true);
    expect(after.reply?.is, context).toBe('ending');
  }
  if (count('hold') === 1) expect(wasLive && before.reply?.held === false, context).toBe(true);
  if (count('resume') === 1) expect(before.reply?.held, context).toBe(true);
  expect(count('commit'), `commits exactly at the end ${context}`).toBe(
    event.type === 'ended' && before.reply?.turn === event.turn ? 1 : 0,
  );
  if (after.ears.is === 'quiet' && after.reply !== null && after.reply.is !== 'ending') {
    expect(after.reply.held, `nothing stays held in silence ${context}`).toBe(false);
  }
}

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
