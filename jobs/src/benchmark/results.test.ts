import { expect, it } from 'vitest';
import { readResults } from './results.js';

const row = (n_prompt: number, n_gen: number, avg_ts: number) => ({ n_prompt, n_gen, avg_ts, n_threads: 2 });

it('one test of a prompt and one of an answer become tokens per second', () => {
  const json = JSON.stringify([row(128, 0, 87.1234), row(0, 32, 27.456)]);
  expect(readResults(json, 'small.gguf', '3.22.1')).toEqual({
    model: 'small.gguf',
    build: '3.22.1',
    threads: 2,
    prompt_tokens: 128,
    generated_tokens: 32,
    prompt_tps: 87.12,
    generate_tps: 27.46,
  });
});

it.each(['', 'loading…', '[]', JSON.stringify([row(128, 0, 1)])])('anything else is an error: %j', (json) => {
  expect(() => readResults(json, 'small.gguf', '3.22.1')).toThrow(
    expect.objectContaining({ code: 'TWIN_BENCH_OUTPUT' }),
  );
});
