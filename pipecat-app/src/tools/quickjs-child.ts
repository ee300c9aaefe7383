/** Runs one program in QuickJS: an own engine with no files, no network and no host objects but `print` and `console.log`. */
import { getQuickJS, shouldInterruptAfterDeadline } from 'quickjs-emscripten';
import type { JavaScriptAnswer, JavaScriptTask } from './javascript.js';

const STACK_BYTES = 512 * 1024;

async function run({ code, memoryBytes, outputChars, ms }: JavaScriptTask): Promise<JavaScriptAnswer> {
  const runtime = (await getQuickJS()).newRuntime();
  runtime.setMemoryLimit(memoryBytes);
  runtime.setMaxStackSize(STACK_BYTES);
  runtime.setInterruptHandler(shouldInterruptAfterDeadline(Date.now() + ms));
  const context = runtime.newContext();
  let printed = '';
  const print = context.newFunction('print', (...values) => {
    if (printed.length > outputChars) throw new Error('It printed too much.');
    printed += `${values.map((value) => show(context.dump(value))).join(' ')}\n`.slice(0, outputChars);
  });
  context.setProp(context.global, 'print', print);
  const consoleObject = context.newObject();
  context.setProp(consoleObject, 'log', print);
  context.setProp(context.global, 'console', consoleObject);
  const result = context.evalCode(code, 'program.js');
  if (result.error !== undefined) return { ok: false, printed, error: inWords(context.dump(result.error)) };
  const jobs = runtime.executePendingJobs();
  if (jobs.error !== undefined) return { ok: false, printed, error: inWords(context.dump(jobs.error)) };
  const value: unknown = context.dump(result.value);
  return { ok: true, printed, value: value === undefined || isPromise(value) ? '' : show(value).slice(0, outputChars) };
}

const isPromise = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'type' in value && 'promise' in value;

const show = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)));

function inWords(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { name, message, stack } = error as { name?: string; message?: string; stack?: string };
  if (message === 'interrupted') return 'It took too long and was stopped.';
  const line = /program\.js:(\d+)/.exec(stack ?? '')?.[1];
  return `${name ?? 'Error'}: ${message ?? ''}${line === undefined ? '' : ` (line ${line})`}`;
}

process.once('message', (task: JavaScriptTask) => {
  // It ends by itself: what is left of the engine goes with the process.
  void run(task)
    .catch((error: unknown): JavaScriptAnswer => ({ ok: false, printed: '', error: String(error) }))
    .then((answer) => process.send?.(answer, undefined, undefined, () => process.exit(0)));
});
