import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { noAbort, realEmbedder } from '../../memory/real-embedder.fixture.js';
import { RecentVectors } from '../../memory/recent-vectors.js';
import { realTools } from '../../tool-parts.fixture.js';
import { approvesAll } from '../../tools/consent.fixture.js';
import { Reflex } from '../reflex/reflex.js';
import { SentenceVectors } from '../sentence-vectors.js';
import { isHeldOut, type Labelled, readLabelled, sameMeaning } from './labelled.js';
import { Meaning, type Meant } from './meaning.js';

const prompts = (file: string): string => fileURLToPath(new URL(`../../../../prompts/${file}`, import.meta.url));
const embedder = new RecentVectors(realEmbedder());
const reflex = new Reflex(prompts('commands.yaml'));
const tools = realTools(approvesAll);
const vectors = new SentenceVectors(embedder, undefined, prompts('meaning-vectors.bin'));
const meaning = new Meaning({ embedder, vectors, registry: tools.registry, file: prompts('meaning.json') });
const of = (text: string): Promise<Meant> => meaning.of(text, reflex, noAbort());

beforeAll(async () => {
  await embedder.start(noAbort());
  expect(await of('is the lamp on'), 'before the examples are embedded').toEqual({ kind: 'none' });
  await vi.waitFor(async () => expect((await of('switch the reading lamp off please')).kind).toBe('act'), 30_000);
}, 40_000);
afterAll(async () => {
  await tools.close();
  await embedder.close();
});

/** Every third sentence that is learned from and that no template fits; what is understood of others `npm run bench:meaning` says. */
const held = readLabelled(fileURLToPath(new URL('./labelled', import.meta.url)))
  .filter(({ text }) => isHeldOut(text) && reflex.understand(text) === undefined)
  .filter((_, i) => i % 3 === 0);
const share = async (sentences: readonly Labelled[], is: (meant: Meant, one: Labelled) => boolean): Promise<number> => {
  let count = 0;
  for (const one of sentences) if (is(await of(one.text), one)) count++;
  return count / sentences.length;
};
const right = (meant: Meant, one: Labelled): boolean =>
  meant.kind === 'act' &&
  meant.commands.length === one.meant.length &&
  meant.commands.every(({ call, args, reply }, i) =>
    sameMeaning({ call: call ?? `=${reply}`, args }, one.meant[i] ?? { call: '', args: {} }),
  );

test('commands are understood with their arguments, and conversation is left alone', {
  timeout: 60_000,
}, async () => {
  const commands = held.filter(({ meant }) => meant.length > 0);
  const talk = held.filter(({ meant }) => meant.length === 0);
  expect([commands.length, talk.length].every((count) => count > 40)).toBe(true);
  expect(await share(commands, right)).toBeGreaterThan(0.85);
  expect(await share(talk, ({ kind }) => kind === 'act')).toBeLessThan(0.05);
});

test('a command that is denied is not done and not asked back about', async () => {
  for (const text of [
    "don't turn off the hallway lamp",
    'never switch the heater on',
    'please do not restart yourself',
    "you shouldn't wake the math expert",
    'do not set a timer for ten minutes',
    "I don't want you to lock the front door",
    "don't push the website repository",
  ])
    expect(await of(text), text).toEqual({ kind: 'none' });
});

test('an example word for word is its command', { timeout: 60_000 }, async () => {
  for (const text of ['take your time when you talk', 'start up the coffee maker', 'call off the countdown']) {
    const meant = await of(text);
    expect(meant.kind, text).toBe('act');
  }
});

test('two commands in one sentence are two, in their order', async () => {
  expect(await of('please kill the hallway lamp and wake me up in ten minutes')).toMatchObject({
    kind: 'act',
    commands: [
      { call: 'ha.turn', args: { name: 'hallway lamp', to: 'off' } },
      { call: 'timer.set', args: { seconds: 600 } },
    ],
  });
});

test('a sentence with "and" that is one command stays one', async () => {
  const meant = await of('remember that I take milk and sugar in my tea');
  expect(meant.kind === 'act' ? meant.commands : meant.kind === 'ask' ? [meant.command] : []).toMatchObject([
    { call: 'mcp.remember', args: { fact: 'I take milk and sugar in my tea' } },
  ]);
});

test('long texts are conversation', async () => {
  expect(await of(`switch the reading lamp off please ${'because I want to sleep '.repeat(5)}`)).toEqual({
    kind: 'none',
  });
});
