import { describe, expect, it } from 'vitest';
import { heard, kinds, rules } from './turn.fixture.js';
import { type Event, initial, next, publicState, type State, type Step } from './turn.js';

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

describe('an announcement', () => {
  const announced = run([{ type: 'announce', text: 'Ding.' }]).state;
  const interrupted: Event[] = [...said(16_000), heard('what time is it', 1, { complete: true, at: 40_000 })];
  const ended = (answer: string): Event => ({ type: 'ended', turn: 1, answer, whole: false });
  const inputs = (steps: Step[]) => steps.flatMap((step) => (step.do === 'reply' ? [step.input.text] : []));

  it('that a barge-in left nothing of comes after the answer', () => {
    const { steps } = run(
      [...interrupted, ended(''), { type: 'ended', turn: 2, answer: 'Noon.', whole: true }],
      announced,
    );
    expect(inputs(steps)).toEqual(['what time is it', 'Ding.']);
  });

  it('of which something was heard, or that was stopped, is not said again', () => {
    for (const events of [
      [...interrupted, ended('Di')],
      [{ type: 'stop' } as const, ended('')],
    ])
      expect(inputs(run(events, announced).steps)).not.toContain('Ding.');
  });

  it('that comes while somebody speaks waits for the answer to it', () => {
    const { steps } = run([
      { type: 'started', at: 0 },
      { type: 'announce', text: 'Ding.' },
      { type: 'silent', at: 16_000 },
      heard('what time is it', 1, { complete: true, at: 40_000 }),
      { type: 'ended', turn: 1, answer: 'Noon.', whole: true },
    ]);
    expect(inputs(steps)).toEqual(['what time is it', 'Ding.']);
  });
});
