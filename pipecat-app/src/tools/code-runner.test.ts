import { afterAll, expect, test } from 'vitest';
import { codeRunnerTool } from './code-runner.js';
import { approvesAll } from './consent.fixture.js';
import { controlsOf } from './controls.fixture.js';
import { ToolRegistry } from './registry.js';
import { DEFAULT_LIMITS } from './sandbox/limits.js';
import { Sandbox } from './sandbox/sandbox.js';

const sandbox = new Sandbox({ ...DEFAULT_LIMITS, wallMs: 3000, memoryBytes: 256 * 2 ** 20 });
const registry = new ToolRegistry([codeRunnerTool(sandbox)], { consent: approvesAll });
const run = (method: string, code: string, signal = new AbortController().signal) =>
  registry.call(`code_runner.${method}`, { code }, controlsOf('a'), signal);

afterAll(() => sandbox.close());

test.each([
  ['run_python', 'print(6 * 7)', '42'],
  ['run_python', 'x = 1', 'It ran and printed nothing.'],
  ['run_python', 'import math\nprint(f"ü {math.pi:.2f}")', 'ü 3.14'],
  ['run_javascript', '6 * 7', '42'],
  ['run_javascript', 'console.log("a", [1, 2]); let x = 1', 'a [1,2]'],
  ['run_javascript', 'Promise.resolve(5).then((n) => print(n)); undefined', '5'],
])('%s %j gives %j', async (method, code, output) => {
  expect(await run(method, code)).toEqual({ ok: true, output });
});

test.each([
  [
    'run_python',
    'print("a")\n1 / 0',
    /^It ended with code 1: ZeroDivisionError: division by zero \(line 2\)\nIt had printed: a$/,
  ],
  ['run_python', 'def f(:', /SyntaxError/],
  ['run_python', 'while True: pass', /^It took too long/],
  ['run_javascript', 'let a;\na.b', /^TypeError: .* \(line 2\)$/],
  ['run_javascript', 'while (true) {}', /^It took too long/],
  ['run_javascript', 'new Uint8Array(4e8)', /out of memory/],
  ['run_javascript', 'const a = []; while (true) a.push("x".repeat(1e6) + a.length)', /took too long|out of memory/],
  ['run_javascript', 'while (true) print("x".repeat(1000))', /printed too much/],
])('%s %j fails in words', async (method, code, words) => {
  expect(await run(method, code)).toMatchObject({ ok: false, output: expect.stringMatching(words) });
});

test.each(['process', 'require', 'fetch', 'Deno', 'setTimeout', 'std', 'os', 'WebAssembly'])(
  'JavaScript has no %s',
  async (name) => {
    expect(await run('run_javascript', `typeof ${name}`)).toEqual({ ok: true, output: 'undefined' });
  },
);

test.each(['run_python', 'run_javascript'])('%s stops when it is told to', async (method) => {
  const stop = new AbortController();
  const running = run(method, method === 'run_python' ? 'while True: pass' : 'while (true) {}', stop.signal);
  setImmediate(() => stop.abort());
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
});

test('without bubblewrap nothing runs, and it says how to get it', async () => {
  const none = new ToolRegistry([codeRunnerTool(new Sandbox(DEFAULT_LIMITS, ['/nowhere/bwrap']))], {
    consent: approvesAll,
  });
  const answer = await none.call(
    'code_runner.run_python',
    { code: '1' },
    controlsOf('a'),
    new AbortController().signal,
  );
  expect(answer).toMatchObject({ ok: false, output: expect.stringContaining('apt install bubblewrap') });
});
