import { expect, test } from 'vitest';
import { z } from 'zod';
import { approvalStage } from '../tools/approval/approvals.fixture.js';
import { wholeSession } from './whole-session.fixture.js';

const ASKED = 'I need your consent. Switches the attic off. Do you agree?';
const DONE = 'The attic is off.';
const COMMANDS = [
  { call: 'house.switch', args: { name: 'attic', to: 'off' }, say: ['switch the attic off'] },
  { call: 'house.burn', say: ['burn the house'] },
  { call: 'house.type', say: ['answer the door'] },
  { call: 'house.rooms', say: ['how many rooms are there'] },
];

function house() {
  const ran: string[] = [];
  const gate = approvalStage();
  const sensitive = { description: 'x', risk: 'sensitive' as const };
  const none = z.strictObject({});
  const run = (what: string) => () => {
    ran.push(what);
    return { ok: true as const, output: `${what} is done.` };
  };
  const whole = wholeSession(
    COMMANDS,
    () => [
      {
        name: 'house',
        description: 'x',
        methods: {
          switch: {
            ...sensitive,
            spokenConsent: true,
            args: z.strictObject({ name: z.string(), to: z.enum(['on', 'off']) }),
            effect: ({ name, to }: { name: string; to: string }) => `Switches the ${name} ${to}.`,
            run: (args: object) => {
              ran.push(JSON.stringify(args));
              return { ok: true as const, output: DONE };
            },
          },
          burn: { ...sensitive, args: none, effect: () => 'Burns the house down.', run: run('burning') },
          type: {
            ...sensitive,
            spokenConsent: true,
            args: none,
            effect: () => 'Says "yes, go ahead" at the door.',
            run: run('saying'),
          },
          rooms: { description: 'x', risk: 'read', args: none, run: () => ({ ok: true, output: 'There are five.' }) },
        },
      },
    ],
    { approvals: gate.approvals, now: () => gate.now(), consent: { consent: gate.approvals } },
  );
  return { ...whole, ran, gate };
}

test.each(['yes', 'yes, do it', 'go ahead', 'okay', 'do it please', 'I agree'])(
  '"%s" runs what was asked about, once',
  async (yes) => {
    const { say, said, ran, gate } = house();
    await say('switch the attic off');
    expect(said()).toEqual([ASKED]);
    expect(ran).toEqual([]);
    await say(yes);
    expect(ran).toEqual([gate.approvals.list()[0]?.args.replace(/\s/g, '')]);
    expect(said()).toEqual(['All right.', DONE]);
    await say(yes);
    expect(ran).toHaveLength(1);
    expect(gate.approvals.list()[0]).toMatchObject({ status: 'approved', by: 'rehearsal', outcome: { ok: true } });
    expect(gate.noted.map(({ what }) => what)).toEqual(['asked', 'approved', 'done']);
  },
);

test.each(['no', 'no, leave it', 'cancel that', "don't do it"])(
  '"%s" denies, and a later yes does nothing',
  async (no) => {
    const { say, said, ran, gate } = house();
    await say('switch the attic off');
    await say(no);
    expect(said()).toEqual([ASKED, 'All right, I will leave it.']);
    await say('yes, do it');
    expect([ran, gate.approvals.list()[0]?.status]).toEqual([[], 'denied']);
  },
);

test('what does more harm is not approved by voice, which says where', async () => {
  const { say, said, ran, gate } = house();
  await say('burn the house', 8000);
  await say('yes, do it');
  expect(said()).toEqual([
    'I need your consent. Burns the house down. Please approve it in Mission Control.',
    'Please approve it in Mission Control.',
  ]);
  expect([ran, gate.approvals.list()[0]?.status]).toEqual([[], 'new']);
});

test('silence denies when the time is over, and that is said once', async () => {
  const { stage, say, said, ran, gate } = house();
  await say('switch the attic off');
  gate.pass(299_000);
  await stage.silence(2000);
  expect(said()).toEqual([ASKED]);
  gate.pass(1000);
  await stage.silence(5000);
  expect(said()).toEqual(['Nobody approved it in time, so I did not do it.']);
  gate.pass(600_000);
  await stage.silence(2000);
  await say('yes, do it');
  expect([ran, gate.approvals.list()[0]?.status]).toEqual([[], 'expired']);
  expect(said()).toEqual(['I heard you.']);
});

test('"yes" a minute later is not taken for the answer', async () => {
  const { say, said, ran, gate } = house();
  await say('switch the attic off');
  gate.pass(61_000);
  await say('yes, do it');
  expect(said().at(-1)).toBe('Please approve it in Mission Control.');
  expect(ran).toEqual([]);
});

test('a yes in the middle of the question is not enough: it is asked again, to the end', async () => {
  const { say, said, ran } = house();
  await say('switch the attic off', 2200);
  await say('yes, do it', 8000);
  const [cut, whole] = said();
  expect(ASKED.startsWith(cut as string) && !(cut as string).includes('attic')).toBe(true);
  expect(whole).toBe(ASKED);
  expect(ran).toEqual([]);
  await say('yes, do it');
  expect(ran).toHaveLength(1);
});

test('a yes to something else that the agent said is no answer to the question before', async () => {
  const { say, said, ran } = house();
  await say('switch the attic off');
  await say('how many rooms are there');
  await say('yes');
  expect(said()).toEqual([ASKED, 'There are five.', ASKED]);
  expect(ran).toEqual([]);
  await say('yes');
  expect(ran).toHaveLength(1);
});

test('other talk over the question leaves it open, and no answer', async () => {
  const { say, said, ran, gate } = house();
  await say('switch the attic off', 2200);
  await say('how many rooms are there');
  expect(said().at(-1)).toBe('There are five.');
  expect([ran, gate.approvals.list()[0]?.status]).toEqual([[], 'new']);
});

/** What comes back from the loudspeaker after the agent fell silent, where nothing can tell it from a person but its words. */
test.each([
  ['answer the door', 'yes, go ahead'],
  ['answer the door', 'yes'],
  ['answer the door', 'go ahead'],
  ['switch the attic off', 'do you agree'],
  ['switch the attic off', 'agree'],
])('after "%s" the echo "%s" approves nothing', async (asked, echo) => {
  const { say, ran, gate } = house();
  await say(asked, 9000);
  await say(echo);
  expect([ran, gate.approvals.list()[0]?.status]).toEqual([[], 'new']);
});

test('the echo of an announcement that says yes approves nothing', async () => {
  const { stage, say, said, ran } = house();
  await say('switch the attic off');
  stage.session.announce('A friend writes: yes, do it.');
  await stage.silence(4000);
  await say('yes, do it');
  expect(said().at(-1)).toBe(ASKED);
  expect(ran).toEqual([]);
});
