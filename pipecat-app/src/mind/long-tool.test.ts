import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Clock } from '../experts/clock.js';
import { Audience } from '../tools/announcer.js';
import type { Method, Tool } from '../tools/tool.js';
import { samplesToMs } from '../voice/pcm.js';
import { type WholeSession, wholeSession } from './whole-session.fixture.js';

const RESULT = 'The house is clean.';
const COMMANDS = [
  { call: 'house.clean', say: ['clean the house'] },
  { call: 'house.rooms', say: ['how many rooms are there'] },
];

function stage(takesMs: number, risk: Method['risk'] = 'write', audience = new Audience()) {
  let runs = 0;
  const tools = (clock: Clock): Tool[] => {
    const method = { description: 'x', args: z.strictObject({}), risk, timeoutMs: 60_000 };
    const clean = () => {
      runs++;
      return new Promise<{ ok: true; output: string }>((resolve) =>
        clock.after(takesMs, () => resolve({ ok: true, output: RESULT })),
      );
    };
    const rooms = () => ({ ok: true as const, output: 'There are five rooms, and each of them has a window.' });
    return [
      {
        name: 'house',
        description: 'x',
        methods: { clean: { ...method, run: clean }, rooms: { ...method, risk: 'read', run: rooms } },
      },
    ];
  };
  const whole = wholeSession(COMMANDS, tools, { late: (session, words) => audience.tell(session, words) });
  return { ...whole, runs: () => runs, audience };
}

/** From the call to the first sample that left for the loudspeaker, in ms. */
function fillerMs({ stage: { events } }: WholeSession): number {
  const call = events.find(({ type }) => type === 'tool.call')?.at ?? Number.NaN;
  const speaking = events.find(
    ({ type, data, at }) => type === 'state' && at >= call && 'state' in data && data.state === 'speaking',
  );
  return samplesToMs((speaking?.at ?? Number.NaN) - call);
}

const pairs = ({ stage: its }: WholeSession) => ({
  calls: its.of('tool.call').map(({ turn, tool }) => `${turn} ${tool}`),
  results: its.of('tool.result').map(({ turn, tool }) => `${turn} ${tool}`),
});

test.each(['read', 'write'] as const)('a %s of 20 s, interrupted three times in a session', async (risk) => {
  const whole = stage(20_000, risk);
  await whole.say('clean the house', 1800);
  await whole.say('how many rooms are there', 5000);
  await whole.say('clean the house', 4000);
  await whole.say('how many rooms are there', 1500);
  await whole.say('what is that');
  await whole.stage.silence(12_000);
  expect(whole.runs()).toBe(1);
  expect(whole.said().filter((answer) => answer === RESULT)).toHaveLength(1);
  expect(whole.stage.records.filter(({ interrupted }) => interrupted)).toHaveLength(3);
  const { calls, results } = pairs(whole);
  expect(calls.filter((call) => call.includes('clean'))).toHaveLength(2);
  expect(results).toEqual(calls);
  expect(fillerMs(whole)).toBeGreaterThan(700);
  expect(fillerMs(whole)).toBeLessThanOrEqual(900);
});

test('a result that comes while the user speaks waits for the end of the answer', async () => {
  const whole = stage(6000);
  await whole.say('clean the house', 3000);
  await whole.say('how many rooms are there', 500);
  whole.stage.hears.push('how many rooms are there');
  await whole.stage.voice(6000);
  expect(whole.said().join(' ')).not.toContain(RESULT);
  await whole.stage.silence(12_000);
  expect(whole.said().slice(-2)).toEqual(['There are five rooms, and each of them has a window.', RESULT]);
});

test('a result that a barge-in left nothing of is said again, once', async () => {
  const whole = stage(4000);
  await whole.say('clean the house', 2000);
  await whole.say('what is that', 100);
  const announced = () => whole.stage.of('token').filter(({ delta }) => delta === RESULT).length;
  while (announced() === 0) await whole.stage.silence(20);
  await whole.say('how many rooms are there', 9000);
  expect(announced()).toBe(2);
  expect(whole.stage.records.filter(({ kind }) => kind === 'announcement').map(({ answer }) => answer)).toEqual([
    '',
    RESULT,
  ]);
});

test('the result of a change whose session has ended is said to whoever joins next', async () => {
  const whole = stage(5000);
  await whole.say('clean the house', 2000);
  await whole.stage.session.close();
  await whole.stage.silence(5000);
  const heard: string[] = [];
  whole.audience.join({ session: 'next', announce: (text) => heard.push(text) });
  whole.audience.join({ session: 'after', announce: (text) => heard.push(text) });
  expect(heard).toEqual([RESULT]);
});
