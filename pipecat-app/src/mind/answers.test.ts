import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { llmThat } from '../experts/broken-llm.fixture.js';
import type { ExpertRequest, Gateway, GatewayEvent, Route } from '../experts/gateway.js';
import { noAbort } from '../experts/real-model.fixture.js';
import { wantedFor } from '../experts/routing/wanted.js';
import { type AnswerEvent, type AnswerSize, Answers } from './answers.js';
import { Personas } from './personas.js';

const prompts = fileURLToPath(new URL('../../../prompts', import.meta.url));
const unused = llmThat(async function* () {
  yield* [];
  throw new Error('the gateway answers');
});
const route = (step: Route['step'], expert: string): GatewayEvent => ({
  route: { step, wanted: expert, expert, model: 'm', node: 'n1', why: 'because' },
});

/** Experts that do what `answer` does, and what they were asked. */
function scripted(answer: (request: ExpertRequest, signal: AbortSignal) => AsyncIterable<GatewayEvent>) {
  const asked: ExpertRequest[] = [];
  const names = ['main', 'coding', 'math', 'law'];
  const gateway: Gateway = {
    names: () => names,
    seeing: () => ({ experts: [], outside: [] }),
    personaOf: (expert) => expert,
    wanted: (question) => wantedFor(question, names, () => [{ persona: 'main', confidence: 1 }]),
    answer(request, signal) {
      asked.push(request);
      return answer(request, signal);
    },
  };
  return { gateway, asked };
}

async function ask(gateway: Gateway, question: string, limits: Partial<AnswerSize> = {}) {
  const answers = new Answers({ llm: unused, gateway, personas: new Personas(prompts), limits });
  const events: AnswerEvent[] = [];
  for await (const event of answers.to(question, [], noAbort())) events.push(event);
  const said = events.map((event) => (event.type === 'text' ? event.delta : '')).join('');
  return { said, events, steps: events.map((event) => (event.type === 'route' ? event.route.step : event.type)) };
}

describe('an open question', () => {
  test('goes to the expert it is for, with that expert’s persona', async () => {
    const { gateway, asked } = scripted(async function* () {
      yield route('chosen', 'coding');
      yield { text: 'Use ' };
      yield { text: 'a loop.' };
    });
    const { said, steps } = await ask(gateway, 'Ask the coding expert about loops.');
    expect(said).toBe('Use a loop.');
    expect(steps[0]).toBe('chosen');
    expect(asked[0]).toMatchObject({ persona: 'coding', wanted: { expert: 'coding', named: true }, maxTokens: 300 });
    expect(asked[0]?.messages[0]?.content).toMatch(/senior programmer/);
  });

  test('for an expert without a persona file is answered as Twin', async () => {
    const { gateway, asked } = scripted(async function* () {
      yield { text: 'Yes.' };
    });
    await ask(gateway, 'Ask the law expert whether I may.');
    expect(asked[0]?.messages[0]?.content).toMatch(/You are Twin/);
  });

  test('of nobody’s field goes to main', async () => {
    const { gateway, asked } = scripted(async function* () {
      yield { text: 'Well.' };
    });
    await ask(gateway, 'How are you?');
    expect(asked[0]).toMatchObject({ persona: 'main', maxTokens: 80 });
  });
});

describe('"one moment" is said', () => {
  test('before an expert is woken, at once and only once', async () => {
    let woken = (): void => {};
    const waking = new Promise<void>((resolve) => {
      woken = resolve;
    });
    const { gateway } = scripted(async function* () {
      yield route('waking', 'coding');
      await waking;
      yield route('chosen', 'coding');
      yield route('lost', 'coding');
      yield route('chosen', 'coding');
      yield { text: 'Use a loop.' };
    });
    const answers = new Answers({ llm: unused, gateway, personas: new Personas(prompts) });
    let said = '';
    for await (const event of answers.to('Ask the coding expert.', [], noAbort())) {
      if (event.type !== 'text') continue;
      said += event.delta;
      if (said === 'One moment. ') woken();
    }
    expect(said).toBe('One moment. Use a loop.');
  });

  test.each([
    [2400, 'One moment. '],
    [20_000, 'One moment, I am waking the coding expert; that takes about 20 seconds. '],
  ])('with what a wake of %i ms takes', async (wakeMs, words) => {
    const { gateway } = scripted(async function* () {
      yield { route: { step: 'waking', wanted: 'coding', expert: 'coding', model: '', node: '', why: '', wakeMs } };
      yield route('chosen', 'coding');
      yield { text: 'Use a loop.' };
    });
    expect((await ask(gateway, 'Ask the coding expert.')).said).toBe(`${words}Use a loop.`);
  });

  test('when one is replaced before its first word, not in the middle of a sentence', async () => {
    const script = (first: string): Gateway =>
      scripted(async function* () {
        if (first !== '') yield { text: first };
        yield route('lost', 'main');
        yield route('chosen', 'main');
        yield { text: 'there.' };
      }).gateway;
    expect((await ask(script(''), 'Where?')).said).toBe('One moment. there.');
    expect((await ask(script('Over '), 'Where?')).said).toBe('Over there.');
  });

  test('and when a named expert is not there, that somebody else answers', async () => {
    const { gateway } = scripted(async function* () {
      yield route('chosen', 'main');
      yield { text: 'Four.' };
    });
    expect((await ask(gateway, 'Ask the math expert.')).said).toBe(
      'The math expert is not there, so I answer myself. Four.',
    );
  });
});

test('the wait for the first word is longer while an expert is woken', async () => {
  const hangs = (step: Route['step']) =>
    scripted(async function* (_, signal) {
      yield route(step, 'coding');
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    }).gateway;
  const limits = { firstWordMs: 10, wakingMs: 60 };
  for (const [step, least] of [
    ['chosen', 0],
    ['waking', 50],
  ] as const) {
    const started = performance.now();
    await expect(ask(hangs(step), 'Ask the coding expert.', limits)).rejects.toMatchObject({ code: 'TWIN_LLM_SLOW' });
    expect(performance.now() - started).toBeGreaterThan(least);
  }
});

describe('route_to_expert', () => {
  const call = (expert: string, query: string): string =>
    JSON.stringify({ tool: 'route_to_expert', args: { expert, query } });

  test('is carried out instead of spoken: the expert answers', async () => {
    const { gateway, asked } = scripted(async function* ({ wanted }) {
      yield { text: wanted.expert === 'main' ? call('math', 'What is 6 times 7?') : '42.' };
    });
    const { said, steps } = await ask(gateway, 'What is six times seven?');
    expect(said).toBe('42.');
    expect(steps).toContain('routeCall');
    expect(asked[1]).toMatchObject({ persona: 'math', wanted: { expert: 'math', confidence: 1, named: true } });
    expect(asked[1]?.messages.at(-1)).toEqual({ role: 'user', content: 'What is 6 times 7?' });
  });

  test('by an expert is not followed, and not spoken', async () => {
    const { gateway, asked } = scripted(async function* ({ wanted }) {
      yield { text: call(wanted.expert === 'math' ? 'coding' : 'math', 'x') };
    });
    expect((await ask(gateway, 'What?')).said).toBe('');
    expect(asked).toHaveLength(2);
  });
});

test('every persona file of ours can be used', () => {
  const personas = new Personas(prompts);
  const names = readdirSync(prompts).flatMap((name) => /^(.+)_expert\.txt$/.exec(name)?.[1] ?? []);
  expect(names.length).toBeGreaterThanOrEqual(5);
  for (const name of names) expect(personas.expert(name).text).not.toBe(personas.router().text);
});

test('a persona’s name leads to no other folder', () => {
  expect(new Personas(prompts).expert('../prompts/math').text).toMatch(/You are Twin/);
});
