import { JobError } from '../job-error.js';

/** Tokens per second of one model on one node. */
export type BenchResult = {
  model: string;
  build: string;
  threads: number;
  prompt_tokens: number;
  generated_tokens: number;
  /** Tokens per second while reading a prompt, and while writing an answer. */
  prompt_tps: number;
  generate_tps: number;
};

type BenchRow = { n_prompt: number; n_gen: number; n_threads: number; avg_ts: number };

/**
 * Reads what `llama-bench --output json` prints for one prompt test and one generation test.
 * @throws JobError `TWIN_BENCH_OUTPUT` when it is not that
 */
export function readResults(json: string, model: string, build: string): BenchResult {
  let rows: BenchRow[];
  try {
    rows = JSON.parse(json) as BenchRow[];
  } catch (cause) {
    throw unreadable(json, cause);
  }
  const prompt = rows.find(({ n_prompt, n_gen }) => n_prompt > 0 && n_gen === 0);
  const generate = rows.find(({ n_prompt, n_gen }) => n_prompt === 0 && n_gen > 0);
  if (!prompt || !generate) throw unreadable(json);
  const round = (value: number): number => Math.round(value * 100) / 100;
  return {
    model,
    build,
    threads: generate.n_threads,
    prompt_tokens: prompt.n_prompt,
    generated_tokens: generate.n_gen,
    prompt_tps: round(prompt.avg_ts),
    generate_tps: round(generate.avg_ts),
  };
}

function unreadable(json: string, cause?: unknown): JobError {
  const what = `llama-bench printed no result of a prompt and an answer: ${json.slice(0, 200) || '(nothing)'}`;
  return new JobError('TWIN_BENCH_OUTPUT', what, 'Look at its own words above.', cause);
}
