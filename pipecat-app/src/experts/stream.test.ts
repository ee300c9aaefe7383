import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TwinError } from '../errors.js';
import { ManualClock } from '../tools/manual-clock.fixture.js';
import type { ChatEvent } from './dialects/dialect.js';
import { Gaps } from './gaps.js';
import { noAbort } from './real-model.fixture.js';
import { type Failover, failover, type StreamEvent, type Upstream } from './stream.js';

type Step = ChatEvent | 'die' | 'hang' | { wait: number };
const stats = { stats: { model: 'm', generatedTokens: 1, firstTokenMs: 1, tokensPerSecond: 1 } };

/** A server that takes the steps of `script`; `seen` is what it was asked and whether it was left. */
function server(
  clock: ManualClock,
  id: string,
  script: (partial: string) => readonly Step[],
  change: Partial<Upstream> = {},
) {
  const seen = { partial: [] as string[], maxTokens: [] as number[], aborted: false, ended: false };
  const upstream: Upstream = {
    id,
    seam: 'exact',
    rhythm: { tokens: new Gaps(), progress: new Gaps() },
    waitingMs: 0,
    async *open({ partial, maxTokens }, signal) {
      seen.partial.push(partial);
      seen.maxTokens.push(maxTokens);
      signal.addEventListener('abort', () => {
        seen.aborted = true;
      });
      const until = (wait: (done: () => void) => void) =>
        new Promise<void>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          wait(resolve);
        });
      try {
        for (const step of script(partial)) {
          if (step === 'die') throw new TwinError('TWIN_LLM_UNAVAILABLE', 'It died.', { retryable: true });
          if (step === 'hang') await until(() => undefined);
          else if ('wait' in step) await until((done) => void clock.after(step.wait, done));
          else yield step;
        }
      } finally {
        seen.ended = true;
      }
    },
    ...change,
  };
  return { upstream, seen };
}

const texts = (...all: string[]): ChatEvent[] => all.map((text) => ({ text }));

/** One after the other. */
const inTurn = (upstreams: Upstream[]): Failover<string>['next'] =>
  async function* () {
    const upstream = upstreams.shift();
    if (upstream) yield { upstream };
  };

/** Runs to the end; the clock goes on whenever everybody waits for it. */
async function run(clock: ManualClock, upstreams: readonly Upstream[], { maxTokens = 100, signal = noAbort() } = {}) {
  const rest = [...upstreams];
  const events: StreamEvent<string>[] = [];
  let over = false;
  const job = { maxTokens, clock, next: inTurn(rest) };
  const reading = (async () => {
    for await (const event of failover(job, signal)) events.push(event);
  })().finally(() => {
    over = true;
  });
  const result = reading.then(
    () => undefined,
    (error: unknown) => error,
  );
  while (!over) {
    for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
    if (!over) clock.advance(100);
  }
  const said = events.map((event) => ('text' in event ? event.text : '')).join('');
  return { said, events, error: await result };
}

describe('one unbroken answer', () => {
  test('from one server', async () => {
    const clock = new ManualClock(0);
    const { upstream, seen } = server(clock, 'a', () => [...texts('Par', 'is.'), stats]);
    const { said, events } = await run(clock, [upstream]);
    expect(said).toBe('Paris.');
    expect(events.at(-1)).toMatchObject({ stats: { model: 'm' }, upstream: { id: 'a' } });
    expect(seen.ended).toBe(true);
  });

  test('however often a server dies, and wherever, no token is lost and none is there twice', async () => {
    const clock = new ManualClock(0);
    const answer = fc.array(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(answer, fc.array(fc.nat(10), { maxLength: 6 }), async (tokens, deaths) => {
        /** Says what is missing, and dies after `count` tokens. */
        const all = deaths.map((count, i) =>
          server(clock, `s${i}`, (partial) => {
            const left = remaining(tokens, partial);
            return count < left.length ? [...texts(...left.slice(0, count)), 'die'] : [...texts(...left), stats];
          }),
        );
        const last = server(clock, 'last', (partial) => [...texts(...remaining(tokens, partial)), stats]);
        const { said } = await run(
          clock,
          [...all, last].map(({ upstream }) => upstream),
        );
        expect(said).toBe(tokens.join(''));
      }),
      { numRuns: 300 },
    );
  });

  test('the next server is told what was said, and how many tokens are left', async () => {
    const clock = new ManualClock(0);
    const [a, b] = [
      server(clock, 'a', () => [...texts('One ', 'two '), 'die']),
      server(clock, 'b', () => [...texts('three.'), stats]),
    ];
    const { said, events } = await run(clock, [a.upstream, b.upstream], { maxTokens: 10 });
    expect(said).toBe('One two three.');
    expect([b.seen.partial, b.seen.maxTokens]).toEqual([['One two '], [8]]);
    expect(events.find((event) => 'lost' in event)).toMatchObject({ lost: { upstream: { id: 'a' } } });
  });

  test('a server that repeats what was said is cut', async () => {
    const clock = new ManualClock(0);
    const a = server(clock, 'a', () => [...texts('The sky is '), 'die']);
    const b = server(clock, 'b', () => [...texts('The sky', ' is blue.'), stats], { seam: 'loose' });
    expect((await run(clock, [a.upstream, b.upstream])).said).toBe('The sky is blue.');
  });

  test('that was as long as it may be when its server died is over', async () => {
    const clock = new ManualClock(0);
    const [a, b] = [server(clock, 'a', () => [...texts('One ', 'two'), 'die']), server(clock, 'b', () => texts('!'))];
    const { said, error } = await run(clock, [a.upstream, b.upstream], { maxTokens: 2 });
    expect([said, error, b.seen.partial]).toEqual(['One two', undefined, []]);
  });
});

describe('a server that falls silent', () => {
  test.each<[string, Step[], number]>([
    ['before the first sign', ['hang'], 3000],
    ['in the middle of the prompt', [{ progress: { total: 9, cached: 0, processed: 3 } }, 'hang'], 3000],
    ['in the middle of the answer', [...texts('One '), 'hang'], 3000],
    ['and was slow before', [...texts('One '), { wait: 2000 }, ...texts(''), 'hang'], 10_000],
  ])('%s is left and aborted, and the answer goes on', async (_, steps, at) => {
    const clock = new ManualClock(0);
    const a = server(clock, 'a', () => steps);
    const b = server(clock, 'b', () => [...texts('two.'), stats]);
    const { said, events } = await run(clock, [a.upstream, b.upstream]);
    expect(said).toMatch(/^(One )?two\.$/);
    expect(a.seen).toMatchObject({ aborted: true, ended: true });
    expect(events.find((event) => 'lost' in event)?.lost.error.message).toMatch(/silent for/);
    expect(clock.now()).toBe(at);
  });

  test('because it works for others is waited for, as long as it says so', async () => {
    const clock = new ManualClock(0);
    let asked = 0;
    const a = server(clock, 'a', () => [{ wait: 8500 }, ...texts('Here.'), stats], { busy: async () => ++asked < 10 });
    expect((await run(clock, [a.upstream])).said).toBe('Here.');
    expect(asked).toBe(2);
  });

  test('and does not say whether it works is left', async () => {
    const clock = new ManualClock(0);
    const mute = (signal: AbortSignal) =>
      new Promise<boolean>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const [a, b] = [
      server(clock, 'a', () => ['hang'], { busy: mute }),
      server(clock, 'b', () => [...texts('Hi.'), stats]),
    ];
    expect((await run(clock, [a.upstream, b.upstream])).said).toBe('Hi.');
    expect(clock.now()).toBe(4000);
  });

  test('is not one whose reader is slow', async () => {
    const clock = new ManualClock(0);
    const a = server(clock, 'a', () => [...texts('One ', 'two'), stats]);
    const job = { maxTokens: 9, clock, next: inTurn([a.upstream]) };
    let said = '';
    for await (const event of failover(job, noAbort())) {
      if ('text' in event) said += event.text;
      clock.advance(60_000);
    }
    expect(said).toBe('One two');
    expect(a.upstream.rhythm?.tokens.p99()).toBe(0);
  });

  test('has all the time there is when nobody is behind it', async () => {
    const clock = new ManualClock(0);
    const { rhythm: _, ...last } = server(clock, 'a', () => [{ wait: 60_000 }, ...texts('Late.'), stats]).upstream;
    expect((await run(clock, [last])).said).toBe('Late.');
  });
});

test('what is told while somebody is looked for comes before the answer', async () => {
  const clock = new ManualClock(0);
  const { upstream } = server(clock, 'a', () => [...texts('Hi.'), stats]);
  const events: object[] = [];
  async function* next() {
    yield { note: 'waking' };
    yield { upstream };
  }
  for await (const event of failover({ maxTokens: 9, clock, next }, noAbort())) events.push(event);
  expect(events.slice(0, 2)).toEqual([{ note: 'waking' }, { text: 'Hi.' }]);
});

test('when nobody is left, the last failure is thrown', async () => {
  const clock = new ManualClock(0);
  const { error } = await run(clock, [server(clock, 'a', () => ['die']).upstream]);
  expect(error).toMatchObject({ message: 'It died.' });
  expect((await run(clock, [])).error).toMatchObject({ code: 'TWIN_LLM_UNAVAILABLE' });
});

test('an abort comes out as its reason, ends the server, and leaves no timer', async () => {
  const clock = new ManualClock(0);
  const a = server(clock, 'a', () => [...texts('One '), 'hang']);
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of failover({ maxTokens: 9, clock, next: inTurn([a.upstream]) }, stop.signal))
      setImmediate(() => stop.abort());
  })();
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  expect([a.seen.ended, clock.armed]).toEqual([true, 0]);
});

test('a reader that leaves ends the server', async () => {
  const clock = new ManualClock(0);
  const a = server(clock, 'a', () => [...texts('One ', 'two'), 'hang']);
  for await (const _ of failover({ maxTokens: 9, clock, next: inTurn([a.upstream]) }, noAbort())) break;
  expect([a.seen.ended, clock.armed]).toEqual([true, 0]);
});

/** The tokens behind `partial`. */
function remaining(tokens: readonly string[], partial: string): string[] {
  let length = 0;
  return tokens.filter((token) => {
    length += token.length;
    return length > partial.length;
  });
}
