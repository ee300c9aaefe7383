import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { TwinError } from '../errors.js';
import { controlsOf } from './controls.fixture.js';
import { ToolRegistry } from './registry.js';
import type { Method, Tool } from './tool.js';

const method = (run: Method['run']): Method => ({
  description: 'x',
  args: z.strictObject({ n: z.number().optional() }),
  risk: 'read',
  run,
});
const never = (): Promise<never> => new Promise(() => {});
const tool: Tool = {
  name: 'test',
  description: 'x',
  methods: {
    echo: method((args: { n?: number }) => ({ ok: true, output: String(args.n) })),
    long: method(() => ({ ok: true, output: `${'x'.repeat(9)}👩${'y'.repeat(50)}` })),
    hangs: method(never),
    breaks: method(() => {
      throw new Error('secret path /root');
    }),
    explains: method(() => {
      throw new TwinError('TWIN_TIMERS_FILE', 'It cannot be kept.', { next: 'Look.' });
    }),
  },
};
const absent: Tool = {
  name: 'absent',
  description: 'x',
  unavailable: () => 'There is no camera. Plug one in.',
  methods: { look: method(() => ({ ok: true, output: 'seen' })) },
};
const slow: Tool = { name: 'slow', description: 'x', methods: { waits: { ...method(never), timeoutMs: 5 } } };
const registry = new ToolRegistry([tool, absent, slow], { timeoutMs: 20, maxOutput: 10 });
const call = (name: string, args: Record<string, unknown> = {}, signal = new AbortController().signal) =>
  registry.call(name, args, controlsOf('a'), signal);

describe('a call', () => {
  test('gives what the tool says', async () => {
    expect(await call('test.echo', { n: 5 })).toEqual({ ok: true, output: '5' });
  });

  test.each([
    ['test.none', {}, 'TWIN_TOOL_UNKNOWN', /no tool called test.none/],
    ['__proto__.toString', {}, 'TWIN_TOOL_UNKNOWN', /no tool/],
    ['test.echo', { n: 'five' }, 'TWIN_TOOL_ARGS', /n: .*number/],
    ['test.echo', { m: 5 }, 'TWIN_TOOL_ARGS', /Unrecognized key/],
    ['test.hangs', {}, 'TWIN_TOOL_TIMEOUT', /too long/],
    ['slow.waits', {}, 'TWIN_TOOL_TIMEOUT', /too long/],
    ['absent.look', {}, 'TWIN_TOOL_UNAVAILABLE', /^I cannot do that here\. There is no camera\. Plug one in\.$/],
    ['test.breaks', {}, 'TWIN_TOOL_FAILED', /^That did not work\.$/],
    ['test.explains', {}, 'TWIN_TIMERS_FILE', /^It cannot be kept\. Look\.$/],
  ])('%s %j fails in words: %s', async (name, args, error, words) => {
    expect(await call(name, args)).toEqual({ ok: false, error, output: expect.stringMatching(words) });
  });

  test('never says more than the limit, and splits no letter', async () => {
    expect((await call('test.long')).output).toBe(`${'x'.repeat(9)} …`);
  });

  test('throws only when it is aborted', async () => {
    const stop = new AbortController();
    const calling = call('test.hangs', {}, stop.signal);
    stop.abort();
    await expect(calling).rejects.toMatchObject({ name: 'AbortError' });
    await expect(call('test.echo', {}, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});

test('tools and methods can be left out', async () => {
  expect(new ToolRegistry([tool], { disabled: ['test'] }).list()).toEqual([]);
  const some = new ToolRegistry([tool], { disabled: [' test.echo', 'test.hangs'] });
  expect(some.list().map(({ name }) => name)).toEqual(['test.long', 'test.breaks', 'test.explains']);
});

test('two tools of one name are a mistake', () => {
  expect(() => new ToolRegistry([tool, tool])).toThrow(/two tools called "test"/);
});
