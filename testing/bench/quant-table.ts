import { BUILDS, type Build, FORMS, type Perplexity, type Speed } from './quant-runs.js';
import { quantile } from './quantiles.js';

/** One cell of the table, over all rounds: speeds, and their ratios to the first cell in the same round (medians). */
export type Cell = { build: Build; form: string; speed: Speed; ratio: Speed };

/** One measurement of a cell. */
export type Sample = { round: number; build: Build; form: string; speed: Speed };

/** Medians per cell; ratios are taken within a round, so that what slows the machine down hits both sides. */
export function cellsOf(samples: readonly Sample[]): Cell[] {
  const [firstBuild, firstForm] = [BUILDS[0], FORMS[0]?.name];
  const base = new Map(
    samples.filter((one) => one.build === firstBuild && one.form === firstForm).map((one) => [one.round, one.speed]),
  );
  return BUILDS.flatMap((build) =>
    FORMS.flatMap(({ name: form }) => {
      const own = samples.filter((one) => one.build === build && one.form === form);
      if (own.length === 0) return [];
      const median = (of: (one: Sample) => number): number => quantile(own.map(of), 0.5);
      const ratio = (one: Sample, key: keyof Speed): number =>
        one.speed[key] / (base.get(one.round)?.[key] ?? Number.NaN);
      return {
        build,
        form,
        speed: { prompt: median((one) => one.speed.prompt), answer: median((one) => one.speed.answer) },
        ratio: { prompt: median((one) => ratio(one, 'prompt')), answer: median((one) => ratio(one, 'answer')) },
      };
    }),
  );
}

/** The speeds as Markdown. */
export function speedTable(cells: readonly Cell[]): string {
  const name: Readonly<Record<Build, string>> = {
    'x86-64': 'stock x64 (SSE2)',
    core2: 'core2',
    'x86-64-v2': 'x86-64-v2',
    'x86-64-v3': 'x86-64-v3',
  };
  const rows = cells.map(({ build, form, speed, ratio }) =>
    [
      name[build],
      form,
      speed.prompt.toFixed(1),
      times(ratio.prompt),
      speed.answer.toFixed(1),
      times(ratio.answer),
    ].join(' | '),
  );
  const head = '| build | form | prompt tok/s | × | answer tok/s | × |\n|---|---|---|---|---|---|';
  return `${head}\n${rows.map((row) => `| ${row} |`).join('\n')}`;
}

/** Size and perplexity of each form as Markdown, with the loss against the finest. */
export function formTable(
  forms: readonly { name: string; bytes: number; sha256: string; perplexity: Perplexity }[],
): string {
  const finest = Math.min(...forms.map(({ perplexity }) => perplexity.value));
  const rows = forms.map(({ name, bytes, sha256, perplexity: { value, error } }) => {
    const more = `+${((value / finest - 1) * 100).toFixed(1)} %`;
    return `| ${name} | ${Math.round(bytes / 1e6)} MB | ${value.toFixed(2)} ± ${error.toFixed(2)} | ${more} | \`${sha256.slice(0, 12)}\` |`;
  });
  return `| form | size | perplexity | against the best | SHA-256 |\n|---|---|---|---|---|\n${rows.join('\n')}`;
}

const times = (ratio: number): string => `${ratio.toFixed(ratio < 10 ? 1 : 0)}×`;
