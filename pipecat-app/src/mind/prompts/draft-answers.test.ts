import { expect, it } from 'vitest';
import { llmThat } from '../../experts/broken-llm.fixture.js';
import type { ExpertRequest, Gateway } from '../../experts/gateway.js';
import type { LlmRequest } from '../../experts/llm.js';
import { DraftAnswers, type DraftEvent } from './draft-answers.js';

const DRAFT = 'You are Iris.\n---\nUser: Hi\nTwin: Ahoy.';
const noAbort = new AbortController().signal;

async function all(events: AsyncIterable<DraftEvent>): Promise<DraftEvent[]> {
  const seen: DraftEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}
const wordsOf = (events: DraftEvent[]) => events.map((event) => (event.type === 'text' ? event.delta : event.words));

it('asks the model as the draft, without tools and conversation', async () => {
  const asked: LlmRequest[] = [];
  const llm = llmThat(async function* (request) {
    asked.push(request);
    yield 'Ahoy, sailor. ';
  });
  const events = await all(new DraftAnswers({ llm }).to('router.txt', DRAFT, 'Who are you?', noAbort));
  expect(wordsOf(events).join('')).toContain('Ahoy, sailor.');
  expect(asked).toEqual([
    {
      messages: [
        { role: 'system', content: 'You are Iris.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Ahoy.' },
        { role: 'user', content: 'Who are you?' },
      ],
      maxTokens: expect.any(Number),
    },
  ]);
});

it('asks the expert whose file it is, and says who answered', async () => {
  const asked: ExpertRequest[] = [];
  const gateway = gatewayThat(async function* (request) {
    asked.push(request);
    yield { route: { step: 'chosen', wanted: 'garden', expert: 'garden', model: 'm', node: 'n', why: '' } };
    yield { text: 'Water it. ' };
  });
  const drafts = new DraftAnswers({ llm: llmThat(async function* () {}), gateway });
  const events = await all(drafts.to('garden_expert.txt', DRAFT, 'How?', noAbort));
  expect(wordsOf(events).join('')).toBe('Asked: garden (m).Water it. ');
  expect(asked[0]?.wanted.expert).toBe('garden');
  expect(asked[0]).not.toHaveProperty('persona');
});

/** A gateway to experts that all answer alike. */
const gatewayThat = (answer: Gateway['answer']): Gateway => ({
  names: () => ['main', 'garden'],
  personaOf: (expert) => expert,
  seeing: () => ({ experts: [], outside: [] }),
  wanted: () => ({ expert: 'other', confidence: 1, named: false }),
  answer,
});

it.each([
  ['{"tool":"shell.run","args":{"command":"ls"}}', 'It would call the tool shell.run; a test runs none.'],
  [
    '{"tool":"route_to_expert","args":{"expert":"math","query":"1+1"}}',
    'It would hand the question to the expert math.',
  ],
  ['', 'It said nothing.'],
])('a model that answers %j runs nothing', async (text, words) => {
  const gateway = gatewayThat(async function* () {
    yield { text };
  });
  const drafts = new DraftAnswers({ llm: llmThat(async function* () {}), gateway });
  expect(wordsOf(await all(drafts.to('router.txt', DRAFT, 'Do it', noAbort)))).toEqual([words]);
});

it('tells what the commands of a draft make of a sentence', async () => {
  const drafts = new DraftAnswers({ llm: llmThat(async function* () {}) });
  const yaml =
    'commands:\n  - call: lamp.set\n    args: {on: true}\n    say: [light up]\n  - reply: Ahoy.\n    say: [hello there]';
  const test = async (text: string) => wordsOf(await all(drafts.to('commands.yaml', yaml, text, noAbort)));
  expect(await test('light up')).toEqual(['A command: lamp.set {"on":true}. A test runs no tool.']);
  expect(await test('hello there')).toEqual(['A command. It would say: Ahoy.']);
  expect(await test('why is the sky blue')).toEqual(['None of these commands: the language model would answer.']);
  await expect(all(drafts.to('commands.yaml', 'commands: [', 'x', noAbort))).rejects.toThrow('line 1');
});

it('runs one at a time, ends with its signal, and can then be used again', async () => {
  let begun = (): void => undefined;
  const llm = llmThat(async function* (_, signal) {
    begun();
    await new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
    );
    yield '';
  });
  const drafts = new DraftAnswers({ llm });
  for (let round = 0; round < 2; round++) {
    const stop = new AbortController();
    const asked = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const first = all(drafts.to('router.txt', DRAFT, 'a', stop.signal));
    await asked;
    await expect(all(drafts.to('router.txt', DRAFT, 'b', noAbort))).rejects.toMatchObject({
      code: 'TWIN_PROMPT_TEST_BUSY',
    });
    stop.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
  }
});

it('is ended when it takes too long', async () => {
  const llm = llmThat(async function* (_, signal) {
    await new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
    );
    yield '';
  });
  const drafts = new DraftAnswers({ llm, mostMs: 5 });
  await expect(all(drafts.to('router.txt', DRAFT, 'a', noAbort))).rejects.toMatchObject({
    code: 'TWIN_PROMPT_TEST_SLOW',
  });
});
