import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';

/** One line of a bench: what was measured, the goal in words, and whether it was met (null: no goal, or not run). */
export type Figure = { name: string; value: string; goal: string; met: boolean | null; detail?: unknown };

export type BenchReport = { bench: string; quick: boolean; machine: string; at: string; figures: Figure[] };

/** A figure that must not exceed `most`. */
export function atMost(name: string, value: number, most: number, unit: string, detail?: unknown): Figure {
  return { name, value: `${round(value)} ${unit}`, goal: `≤ ${most} ${unit}`, met: value <= most, detail };
}

/** A figure that must reach `least`. */
export function atLeast(name: string, value: number, least: number, unit: string, detail?: unknown): Figure {
  return { name, value: `${round(value)} ${unit}`, goal: `≥ ${least} ${unit}`, met: value >= least, detail };
}

/** Prints the table, or the whole report as JSON, and writes it to `file`; the exit code is 1 when a goal was missed. */
export async function finish(
  bench: string,
  figures: Figure[],
  options: { quick: boolean; json: boolean; file: string },
): Promise<void> {
  const report: BenchReport = {
    bench,
    quick: options.quick,
    machine: machine(),
    at: new Date().toISOString(),
    figures,
  };
  await mkdir(dirname(options.file), { recursive: true });
  await writeFile(options.file, `${JSON.stringify(report, null, 2)}\n`);
  if (options.json) console.log(JSON.stringify(report));
  else console.log(table(figures));
  if (figures.some((figure) => figure.met === false)) process.exitCode = 1;
}

function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, goal, met }) => [
    name,
    value,
    goal,
    met === null ? '' : met ? 'met' : 'NOT MET',
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const round = (value: number): number => Math.round(value * 100) / 100;

function machine(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown CPU'}, Node ${process.versions.node}`;
}
