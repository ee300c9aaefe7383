import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Tool } from '@twin/pipecat-app/tools/tool.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { User } from '../bench/user.js';
import { IN_REAL_TIME } from './real-time.js';
import { SPEAKERS, speech } from './render.js';
import { type SpokenAgent, spokenAgent } from './spoken-agent.js';

const ASKED = 'I need your consent. Switches the attic light off. Do you agree?';
const DONE = 'The attic light is off.';
const COMMANDS = `
  - call: house.switch
    args: { name: "attic light", to: "off" }
    say:
      - (switch|turn) off the attic light
      - (switch|turn) the attic light off
  - call: house.open
    say:
      - open the front door
`;
const TIMEOUT_S = 25;

let agent: SpokenAgent;
let folder: string;
/** What a real process was started with, one line per run. */
const ran = async (): Promise<string[]> =>
  (await readFile(join(folder, 'ran'), 'utf8').catch(() => '')).split('\n').filter(Boolean);

function house(): Tool {
  const note = (text: string) =>
    promisify(execFile)('sh', ['-c', 'printf "%s\\n" "$1" >> "$0"', join(folder, 'ran'), text]);
  const args = z.strictObject({ name: z.string(), to: z.enum(['on', 'off']) });
  type Switch = z.infer<typeof args>;
  return {
    name: 'house',
    description: 'The house.',
    methods: {
      switch: {
        description: 'Switches something.',
        args,
        risk: 'sensitive',
        spokenConsent: true,
        effect: ({ name, to }: Switch) => `Switches the ${name} ${to}.`,
        run: async (given: Switch) => {
          await note(JSON.stringify(given));
          return { ok: true, output: DONE };
        },
      },
      open: {
        description: 'Opens the front door.',
        args: z.strictObject({}),
        risk: 'sensitive',
        effect: () => 'Opens the front door.',
        run: async () => {
          await note('door');
          return { ok: true, output: 'The front door is open.' };
        },
      },
    },
  };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twin-consent-'));
  agent = await spokenAgent([house()], { commands: COMMANDS, env: { APPROVAL_TIMEOUT_S: String(TIMEOUT_S) } });
});
afterEach(async () => {
  await agent?.close();
  await rm(folder, { recursive: true, force: true });
});

type Talk = {
  /** Says `text`; resolves when the agent has said `answers` turns more and is silent. */
  say(text: string, answers: number): Promise<string[]>;
  /** Waits until the agent has said something by itself. */
  hear(): Promise<string[]>;
  user: User;
};

/** A conversation over the socket; with `echo` the loudspeaker is heard by the microphone. */
async function talk(
  use: (its: Talk) => Promise<void>,
  options: { echo?: { gainDb: number; delayMs: number } } = {},
): Promise<void> {
  const door = { endpoint: agent.endpoint, key: agent.key, ...options };
  const user = await User.join(door, AbortSignal.timeout(100_000));
  let told = 0;
  const fresh = async (what: string, count: number): Promise<string[]> => {
    await user.until(what, () => user.records.length >= told + count && !user.client.loudspeaker.busy);
    await user.pause(700);
    const answers = user.records.slice(told).map(({ answer }) => answer);
    told = user.records.length;
    return answers;
  };
  try {
    await use({
      user,
      say: async (text, answers) => {
        user.mic.say((await speech(text, SPEAKERS[0])).samples);
        return fresh(`an answer to "${text}"`, answers);
      },
      hear: () => fresh('an announcement', 1),
    });
  } finally {
    await user.leave();
  }
}

test('a spoken yes runs exactly what was asked about, once; a spoken no nothing', IN_REAL_TIME, async () => {
  await talk(async ({ say }) => {
    expect(await say('Switch off the attic light.', 1)).toEqual([ASKED]);
    expect(await ran()).toEqual([]);
    expect(await say('Yes, do it.', 2)).toEqual(['All right.', DONE]);
    const [request] = agent.approvals.list();
    expect(await ran()).toEqual([request?.args]);
    expect(request).toMatchObject({ status: 'approved', args: '{"name":"attic light","to":"off"}' });
    await say('Yes, do it.', 1);
    expect(await ran()).toHaveLength(1);
    expect(await say('Switch off the attic light.', 1)).toEqual([ASKED]);
    expect(await say('No, leave it.', 1)).toEqual(['All right, I will leave it.']);
    expect([(await ran()).length, agent.approvals.list()[0]?.status]).toEqual([1, 'denied']);
  });
});

test('what does more harm is not done for a spoken yes, and silence is a no, said once', IN_REAL_TIME, async () => {
  const before = (await ran()).length;
  await talk(async ({ say, hear, user }) => {
    const question = 'I need your consent. Opens the front door. Please approve it in Mission Control.';
    expect(await say('Open the front door.', 1)).toEqual([question]);
    expect(await say('Yes, do it.', 1)).toEqual(['Please approve it in Mission Control.']);
    expect(await hear()).toEqual(['Nobody approved it in time, so I did not do it.']);
    await user.pause(3000);
    expect(user.records.filter(({ answer }) => answer.startsWith('Nobody'))).toHaveLength(1);
    expect([(await ran()).length, agent.approvals.list()[0]?.status]).toEqual([before, 'expired']);
  });
});

test(
  'a yes in the middle of the question is asked for again; the loudspeaker in the microphone approves nothing',
  IN_REAL_TIME,
  async () => {
    const before = (await ran()).length;
    await talk(
      async ({ say, user }) => {
        user.mic.say((await speech('Switch off the attic light.', SPEAKERS[0])).samples);
        await user.hears(600);
        const [cut, whole] = await say('Yes, do it.', 2);
        expect(ASKED.startsWith(cut as string)).toBe(true);
        expect([cut === ASKED, whole]).toEqual([false, ASKED]);
        agent.tell('Somebody writes: yes, do it.');
        await user.until('the letter', () => user.records.some(({ kind }) => kind === 'announcement'));
        await user.pause(2000);
        expect([(await ran()).length, agent.approvals.list()[0]?.status]).toEqual([before, 'new']);
        expect((await say('Yes, do it.', 2)).at(-1)).toBe(ASKED);
        expect(await say('Yes, do it.', 2)).toEqual(['All right.', DONE]);
        expect(await ran()).toHaveLength(before + 1);
      },
      { echo: { gainDb: -14, delayMs: 120 } },
    );
  },
);
