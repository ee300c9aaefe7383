import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { llmThat } from '../experts/broken-llm.fixture.js';
import { approvalStage } from '../tools/approval/approvals.fixture.js';
import { controlsOf } from '../tools/controls.fixture.js';
import { ManualClock } from '../tools/manual-clock.fixture.js';
import { ToolRegistry } from '../tools/registry.js';
import { ask } from './ask.fixture.js';
import type { Meant } from './meaning/meaning.js';
import type { Understood } from './reflex/reflex.js';
import { TwinService } from './twin-service.js';

const promptsDir = fileURLToPath(new URL('../../../prompts', import.meta.url));
const ran: unknown[] = [];
beforeEach(() => {
  ran.length = 0;
});

const stage = approvalStage();
const method = (risk: 'write' | 'sensitive', ok = true) => ({
  description: 'x',
  risk,
  args: z.strictObject({ name: z.string() }),
  run: (args: object) => {
    ran.push(args);
    return ok ? { ok, output: `Done ${ran.length}.` } : { ok, output: 'It is stuck.', error: 'TWIN_X' };
  },
});
const lamp = {
  name: 'lamp',
  description: 'x',
  methods: { off: method('write'), sell: method('sensitive'), bend: method('write', false) },
};
const registry = new ToolRegistry([lamp as never], { consent: stage.approvals });
const command = (call: string): Understood => ({ call, args: { name: 'hall' }, reply: undefined, cost: 0.1 });
const act = (...calls: string[]): Meant => ({ kind: 'act', commands: calls.map(command) });
const asks: Meant = { kind: 'ask', command: command('lamp.off'), question: 'Did you mean: switch the hall off?' };

function mindWith(of: (text: string) => Promise<Meant>) {
  const clock = new ManualClock(0);
  const heard: string[] = [];
  const llm = llmThat(async function* () {
    yield 'From the model.';
  });
  const meaning = {
    of: (text: string) => {
      heard.push(text);
      return of(text);
    },
    prepare: () => undefined,
  };
  const mind = new TwinService({ llm, registry, promptsDir, meaning, approvals: stage.approvals, clock });
  return { mind, clock, heard, say: (text: string, session = 'a') => ask(mind, text, controlsOf(session)) };
}
const UNSURE = 'the hall is rather bright';
const unsure = () => mindWith(async (text) => (text === UNSURE ? asks : { kind: 'none' }));

describe('a command by its meaning', () => {
  test('is done at once, without the model', async () => {
    const { say } = mindWith(async () => act('lamp.off'));
    expect(await say('the hall is too bright')).toMatchObject({ said: 'Done 1.', source: 'reflex' });
    expect(ran).toEqual([{ name: 'hall' }]);
  });

  test('two are done in their order, and both are told of', async () => {
    const { say } = mindWith(async () => act('lamp.bend', 'lamp.off'));
    const { said, source, events } = await say('bend it and switch it off');
    expect([said, source]).toEqual(['It is stuck. Done 2.', 'apology']);
    expect(events.flatMap((event) => (event.type === 'toolCall' ? event.tool : []))).toEqual(['lamp.bend', 'lamp.off']);
    expect(events.filter(({ type }) => type === 'done')).toHaveLength(1);
  });

  test('that is sensitive asks for consent, and runs only with it', async () => {
    const { say, mind } = mindWith(async () => act('lamp.sell'));
    expect((await say('you may sell the hall lamp', 's')).said).toMatch(/Mission Control/);
    expect(ran).toEqual([]);
    expect(stage.approvals.waiting('s')?.request.tool).toBe('lamp.sell');
    await mind.close();
  });

  test('is not looked for in what a template says', async () => {
    const { say, heard } = mindWith(async () => act('lamp.off'));
    await say('thank you');
    expect(heard).toEqual([]);
  });

  test('is left to the model while meanings cannot be told, and when that takes long', async () => {
    const broken = mindWith(async () => Promise.reject(new Error('It has stopped.')));
    expect(await broken.say('the hall is too bright')).toMatchObject({ said: 'From the model.', source: 'model' });
    const endless = mindWith(() => new Promise(() => undefined));
    expect(await endless.say('the hall is too bright')).toMatchObject({ said: 'From the model.', source: 'model' });
  });
});

describe('a question back', () => {
  test('is asked instead of acting, and "yes" does it', async () => {
    const { say, heard } = unsure();
    expect(await say(UNSURE)).toMatchObject({ said: 'Did you mean: switch the hall off?', source: 'reflex' });
    expect(ran).toEqual([]);
    expect(await say('Yes, please.')).toMatchObject({ said: 'Done 1.', source: 'reflex' });
    expect(heard).toEqual([UNSURE]);
  });

  test('"no" leaves it', async () => {
    const { say } = unsure();
    await say(UNSURE);
    expect(await say('No.')).toMatchObject({ said: 'All right.', source: 'reflex' });
    expect((await say('Yes.')).said).toBe('From the model.');
    expect(ran).toEqual([]);
  });

  test('anything else is a turn of its own, after which "yes" is none', async () => {
    const { say } = unsure();
    await say(UNSURE);
    expect((await say('what is a hall')).said).toBe('From the model.');
    expect((await say('yes')).said).toBe('From the model.');
    expect(ran).toEqual([]);
  });

  test('is over after twenty seconds, and is nobody else’s', async () => {
    const { say, clock } = unsure();
    await say(UNSURE);
    expect((await say('yes', 'b')).said).toBe('From the model.');
    clock.advance(20_000);
    expect((await say('yes')).said).toBe('From the model.');
    expect(ran).toEqual([]);
  });

  test('is not asked while a question for consent waits: a "yes" would be for two', async () => {
    const { say } = mindWith(async (text) => (text === UNSURE ? asks : act('lamp.sell')));
    await say('you may sell it', 'c');
    expect((await say(UNSURE, 'c')).said).toBe('From the model.');
  });
});
