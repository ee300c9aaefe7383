import { describe, expect, test } from 'vitest';
import { readPerplexity, readSpeed } from './quant-runs.js';
import { cellsOf, formTable, type Sample, speedTable } from './quant-table.js';

const sample = (round: number, build: Sample['build'], form: string, prompt: number, answer: number): Sample => ({
  round,
  build,
  form,
  speed: { prompt, answer },
});

describe('the quant × build table', () => {
  test('ratios are taken within a round, so that a slow round does not count', () => {
    const cells = cellsOf([
      sample(0, 'x86-64', 'Q4_K_M', 20, 8),
      sample(0, 'core2', 'Q4_0 pure', 120, 28),
      // everything half as fast
      sample(1, 'x86-64', 'Q4_K_M', 10, 4),
      sample(1, 'core2', 'Q4_0 pure', 60, 14),
    ]);
    expect(cells.map(({ build, form }) => `${build} ${form}`)).toEqual(['x86-64 Q4_K_M', 'core2 Q4_0 pure']);
    expect(cells[0]?.ratio).toEqual({ prompt: 1, answer: 1 });
    expect(cells[1]?.ratio).toEqual({ prompt: 6, answer: 3.5 });
    expect(cells[1]?.speed).toEqual({ prompt: 90, answer: 21 });
    expect(speedTable(cells)).toContain('| core2 | Q4_0 pure | 90.0 | 6.0× | 21.0 | 3.5× |');
  });

  test('a loss is told against the best perplexity', () => {
    const form = (name: string, value: number) => ({
      name,
      bytes: 158e6,
      sha256: 'ab'.repeat(32),
      perplexity: { value, error: 0.5 },
    });
    expect(formTable([form('Q8_0', 20), form('Q4_0', 22)])).toContain('| Q4_0 | 158 MB | 22.00 ± 0.50 | +10.0 % |');
  });

  test('speeds are read from the rows of llama-bench', () => {
    const rows = [
      { n_prompt: 128, n_gen: 0, avg_ts: 19.1 },
      { n_prompt: 0, n_gen: 32, avg_ts: 7.3 },
    ];
    expect(readSpeed(JSON.stringify(rows))).toEqual({ prompt: 19.1, answer: 7.3 });
  });

  test('the estimate of llama-perplexity is read, and its absence told', () => {
    expect(readPerplexity('[1]9.1,\nFinal estimate: PPL = 17.4012 +/- 0.61234\n')).toEqual({
      value: 17.4012,
      error: 0.61234,
    });
    expect(() => readPerplexity('failed to load model')).toThrow('failed to load model');
  });
});
