import { afterEach, describe, expect, test } from 'vitest';
import { TwinError } from '../errors.js';
import { ManualClock } from '../tools/manual-clock.fixture.js';
import { llmThat } from './broken-llm.fixture.js';
import { Catalogue } from './catalogue.js';
import { type Clock, monotonicClock } from './clock.js';
import { Dialects } from './dialects/dialects.js';
import { type Mimic, mimic, type Script } from './dialects/mimic-server.fixture.js';
import { ExpertLlm } from './expert-llm.js';
import type { GatewayEvent, Route } from './gateway.js';
import type { Llm, LlmRequest } from './llm.js';
import { noAbort } from './real-model.fixture.js';
import type { Power, ServiceInstance, Services } from './service-table.js';
import { service, steered } from './services.fixture.js';
import type { Waker } from './wake.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const words = (...texts: string[]): Script =>
  async function* () {
    for (const text of texts) yield { text };
  };
const dying = (...texts: string[]): Script =>
  async function* () {
    for (const text of texts) yield { text };
    yield { die: 'drop' };
  };

async function served(script: Script): Promise<Mimic> {
  const made = await mimic('llama', script);
  closing.push(made.close);
  return made;
}
const at = (expert: string, { endpoint }: Mimic, change: Partial<ServiceInstance> = {}): ServiceInstance => {
  const { hostname, port } = new URL(endpoint.baseUrl);
  const name = `llama-api-${expert}`;
  return service(name, { id: `${name}-${port}`, address: hostname, port: Number(port), ...change });
};

/** A gateway over scripted servers; `show` says what Consul knows from now on. */
function gateway({ clock = monotonicClock, base, waker }: { clock?: Clock; base?: Llm; waker?: Waker } = {}) {
  const [consul, kv] = [steered<Services>(), steered<Power>()];
  const catalogue = new Catalogue({ watch: consul.watch, power: kv.watch, alive: async () => {}, clock });
  const embedded =
    base ??
    llmThat(async function* () {
      yield* ['I am ', 'small.'];
    });
  const llm = new ExpertLlm({
    catalogue,
    dialects: new Dialects(),
    base: { llm: embedded, embedded: true },
    classify: (text) => [{ persona: /code/.test(text) ? 'coding' : 'main', confidence: 0.9 }],
    clock,
    ...(waker ? { waker } : {}),
    wakePatienceMs: 60_000,
  });
  closing.push(async () => {
    await catalogue.close();
    await llm.close();
  });
  catalogue.start();
  const show = (...all: ServiceInstance[]): Promise<void> => {
    const map = new Map<string, ServiceInstance[]>();
    for (const one of all) map.set(one.service, [...(map.get(one.service) ?? []), one]);
    return consul.push(map);
  };
  return { llm, show, sleep: (name: string) => kv.push(new Map([[name, 'asleep']])) };
}

async function ask(llm: ExpertLlm, question: string, more: Partial<LlmRequest> & { persona?: string } = {}) {
  const events: GatewayEvent[] = [];
  const request = {
    messages: [{ role: 'user' as const, content: question }],
    maxTokens: 50,
    wanted: llm.wanted(question),
    ...more,
  };
  for await (const event of llm.answer(request, noAbort())) events.push(event);
  const said = events.map((event) => ('text' in event ? event.text : '')).join('');
  const routes = events.flatMap((event): Route[] => ('route' in event ? [event.route] : []));
  return { said, routes, steps: routes.map(({ step, expert, node }) => `${step} ${expert} ${node}`) };
}

describe('a question', () => {
  test('goes to the expert for it, which may have come a moment ago', async () => {
    const { llm, show } = gateway();
    expect((await ask(llm, 'Some code please')).steps).toEqual(['chosen main here']);
    const [main, coding] = [await served(words('main')), await served(words('coding'))];
    await show(at('main', main), at('coding', coding));
    expect(llm.names()).toEqual(['main', 'coding']);
    const { said, routes } = await ask(llm, 'Some code please');
    expect(said).toBe('coding');
    expect(routes).toEqual([
      { step: 'chosen', wanted: 'coding', expert: 'coding', model: '', node: 'n1', why: 'coding is wanted (90 %)' },
    ]);
    expect((await ask(llm, 'How are you?')).said).toBe('main');
    await show();
    expect((await ask(llm, 'Some code please')).said).toBe('I am small.');
  });

  test('is answered by the model in the agent when no server is healthy', async () => {
    const { llm, show } = gateway();
    await show(at('main', await served(words('main')), { passing: false }));
    expect((await ask(llm, 'Hi')).said).toBe('I am small.');
  });
});

describe('an answer', () => {
  test('goes on at the next server of the expert, then at main, then at the model in the agent', async () => {
    const partials: (string | undefined)[] = [];
    const base = llmThat(async function* ({ partial }) {
      partials.push(partial);
      yield 'four.';
    });
    const { llm, show } = gateway({ base });
    const servers = await Promise.all([served(dying('one ')), served(dying('two ')), served(dying('three '))]);
    const [a, b, c] = servers as [Mimic, Mimic, Mimic];
    await show(
      at('coding', a, { id: 'a', node: 'na' }),
      at('coding', b, { id: 'b', node: 'nb' }),
      at('main', c, { node: 'nc' }),
    );
    const { said, steps } = await ask(llm, 'code');
    expect(said).toBe('one two three four.');
    expect(partials).toEqual(['one two three ']);
    expect(steps).toEqual([
      'chosen coding na',
      'lost coding na',
      'chosen coding nb',
      'lost coding nb',
      'chosen main nc',
      'lost main nc',
      'chosen main here',
    ]);
    expect([b, c].map((one) => one.asked[0]?.partial)).toEqual(['one ', 'one two ']);
  });

  test('a server that failed is left alone for a while', async () => {
    const { llm, show } = gateway();
    const [a, b] = [await served(dying()), await served(words('well'))];
    await show(at('main', a, { id: 'a' }), at('main', b, { id: 'b' }));
    expect((await ask(llm, 'Hi')).said).toBe('well');
    expect((await ask(llm, 'Hi')).steps).toHaveLength(1);
    expect(a.asked).toHaveLength(1);
  });

  test('a server that hangs is left after three seconds, and its slot is free', async () => {
    const clock = new ManualClock(0);
    const { llm, show } = gateway({ clock });
    const hangs = await served(async function* (_, signal) {
      yield { text: 'one ' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    await show(at('main', hangs, { id: 'a' }), at('main', await served(words('two')), { id: 'b' }));
    const asking = ask(llm, 'Hi');
    await expect.poll(() => hangs.open()).toBe(1);
    let over = false;
    void asking.finally(() => {
      over = true;
    });
    const started = clock.now();
    while (!over) {
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await asking).said).toBe('one two');
    expect(clock.now() - started).toBeGreaterThanOrEqual(3000);
    await expect.poll(() => hangs.open()).toBe(0);
  });

  test('when nobody is left, the reason is that of the last one', async () => {
    const base = llmThat(async function* () {
      yield* [];
      throw new TwinError('TWIN_MODEL_MISSING', 'There is no model.');
    });
    const { llm } = gateway({ base });
    await expect(ask(llm, 'Hi')).rejects.toMatchObject({ code: 'TWIN_MODEL_MISSING' });
  });
});

describe('an expert that sleeps', () => {
  const waker = (wake: Waker['wake']): Waker => ({ wake, takesMs: () => 2000, took: () => undefined });

  test('is woken, which is told first, and answers', async () => {
    const coding = await served(words('awake'));
    const made = gateway({ waker: waker(async () => void made.show(at('coding', coding))) });
    await made.sleep('llama-api-coding');
    const { said, steps, routes } = await ask(made.llm, 'code');
    expect(said).toBe('awake');
    expect(steps).toEqual(['waking coding ', 'chosen coding n1']);
    expect(routes[0]?.why).toBe('coding is wanted (90 %); it is woken in about 2 s');
  });

  test('that cannot be woken is replaced', async () => {
    const made = gateway({
      waker: waker(async () => {
        throw new TwinError('TWIN_NOMAD_UNREACHABLE', 'Nomad does not answer.');
      }),
    });
    await made.sleep('llama-api-coding');
    expect((await ask(made.llm, 'code')).steps).toEqual(['waking coding ', 'chosen main here']);
  });

  test('that does not wake in time is replaced', async () => {
    const clock = new ManualClock(0);
    const made = gateway({ clock, waker: waker(async () => void setImmediate(() => clock.advance(60_000))) });
    await made.sleep('llama-api-coding');
    expect((await ask(made.llm, 'code')).said).toBe('I am small.');
  });

  test('is no choice where nothing can wake it', async () => {
    const made = gateway();
    await made.sleep('llama-api-coding');
    expect((await ask(made.llm, 'code')).steps).toEqual(['chosen main here']);
  });
});

describe('what a server keeps evaluated', () => {
  test('a persona has a slot of its own, and is warm once the server says so', async () => {
    const { llm, show } = gateway();
    const main = await served(words('Hi'));
    main.slots.busy = [false, false, false];
    await show(at('main', main));
    const [{ id = '' } = {}] = [at('main', main)];
    await ask(llm, 'Hi', { persona: 'main' });
    await expect.poll(() => llm.live(id)?.pins).toBeDefined();
    expect(llm.live(id)?.warm('main')).toBe(0.9);
    await ask(llm, 'Hi', { persona: 'main' });
    await ask(llm, 'Hi', { persona: 'poet' });
    await ask(llm, 'Hi');
    expect(main.asked.map(({ slot }) => slot)).toEqual([undefined, 0, 1, undefined]);
  });

  test('a slot that is answering is not waited for', async () => {
    const { llm, show } = gateway();
    let go = (): void => {};
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    const main = await served(async function* ({ messages }) {
      yield { text: 'Hi' };
      if (messages.at(-1)?.content === 'slow') await gone;
    });
    main.slots.busy = [false, false, false];
    await show(at('main', main));
    await ask(llm, 'Hi', { persona: 'main' });
    const [{ id = '' } = {}] = [at('main', main)];
    await expect.poll(() => llm.live(id)?.pins).toBeDefined();
    const slow = ask(llm, 'slow', { persona: 'main' });
    await expect.poll(() => main.asked.length).toBe(2);
    await ask(llm, 'Hi', { persona: 'main' });
    go();
    await slow;
    expect(main.asked.map(({ slot }) => slot)).toEqual([undefined, 0, undefined]);
    expect(llm.live(id)?.queue).toBe(0);
  });

  test('what is known of a server that is gone is forgotten', async () => {
    const { llm, show } = gateway();
    const main = await served(words('Hi'));
    await show(at('main', main));
    await ask(llm, 'Hi');
    await show();
    expect(llm.live(at('main', main).id)).toBeUndefined();
  });
});

test('as a plain language model it answers as main does', async () => {
  const { llm, show } = gateway();
  await show(at('main', await served(words('Hi ', 'there'))));
  let said = '';
  for await (const text of llm.stream({ messages: [{ role: 'user', content: 'Hi' }], maxTokens: 9 }, noAbort()))
    said += text;
  expect(said).toBe('Hi there');
  expect(llm.lastAnswer()).toMatchObject({ model: 'mimic', promptTokens: 100, evaluatedTokens: 10 });
  expect(llm.health()).toEqual({ ok: true, detail: 'Experts: main.' });
});
