import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { ConsulAgent } from '../consul-agent.js';
import { explain, JobError } from '../job-error.js';
import { stopSignal } from '../stop-signal.js';
import { type BenchResult, readResults } from './results.js';

type Settings = { llamaDir: string; model: string; threads: number; prompt: number; generate: number; repeats: number };

/** Measures one model with `llama-bench`, prints tokens per second and keeps them in `pipecat/experts/<expert>/bench`. */
async function measure(settings: Settings, signal: AbortSignal): Promise<BenchResult> {
  const { llamaDir, model, threads, prompt, generate, repeats } = settings;
  const numbers = { '-p': prompt, '-n': generate, '-r': repeats, '-t': threads, '-ngl': 0 };
  const args = [
    '-m',
    model,
    '-o',
    'json',
    ...Object.entries(numbers).flatMap(([flag, value]) => [flag, String(value)]),
  ];
  const build = await readFile(join(llamaDir, 'BUILD'), 'utf8').catch(() => '');
  const output = await promisify(execFile)(join(llamaDir, 'llama-bench'), args, { signal, maxBuffer: 1 << 24 }).catch(
    (cause: { stderr?: string; message: string }) => {
      const words = cause.stderr?.trim().split('\n').slice(-5).join('\n') || cause.message;
      const next = 'Is the model file whole, and the build made for the CPU of this node?';
      throw new JobError('TWIN_BENCH_FAILED', `llama-bench did not measure ${model}:\n${words}`, next, cause);
    },
  );
  return readResults(output.stdout, basename(model), /^build (\S+)$/m.exec(build)?.[1] ?? 'unknown');
}

function need(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new JobError(
    'TWIN_BENCH_SETTINGS',
    `${name} is missing.`,
    'Correct the variables of the job and run it again.',
  );
}

const whole = (name: string, fallback: number): number => Number(process.env[name]) || fallback;

try {
  const settings: Settings = {
    llamaDir: need('TWIN_LLAMA'),
    model: join(need('TWIN_MODELS'), need('TWIN_MODEL_FILE')),
    threads: whole('TWIN_THREADS', availableParallelism()),
    prompt: whole('TWIN_BENCH_PROMPT', 128),
    generate: whole('TWIN_BENCH_GENERATE', 32),
    repeats: whole('TWIN_BENCH_REPEATS', 3),
  };
  const result = await measure(settings, stopSignal());
  process.stdout.write(
    `${result.model}, build ${result.build}, ${result.threads} thread(s): ` +
      `prompt ${result.prompt_tps} tokens/s, answer ${result.generate_tps} tokens/s\n`,
  );
  const value = JSON.stringify({ ...result, node: process.env.TWIN_NODE ?? '', at: new Date().toISOString() });
  await ConsulAgent.fromEnv(process.env).put(`pipecat/experts/${need('TWIN_EXPERT')}/bench`, value);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
