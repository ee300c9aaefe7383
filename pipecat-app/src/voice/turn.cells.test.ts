import { describe, expect, it } from 'vitest';
import { heard, kinds, rules } from './turn.fixture.js';
import { type Ears, type Event, next, type Reply, type State, type Step } from './turn.js';

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
