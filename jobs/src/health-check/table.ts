/** One line of the table that the check prints. */
export type Row = {
  expert: string;
  node: string;
  model: string;
  /** How long the probes took; empty where nothing was probed. */
  ms: string;
  degraded: string;
  verdict: string;
};

const COLUMNS = ['expert', 'node', 'model', 'ms', 'degraded', 'verdict'] as const;

/** The rows as text, in columns as wide as they must be. */
export function table(rows: readonly Row[]): string {
  const all = [Object.fromEntries(COLUMNS.map((name) => [name, name])) as Row, ...rows];
  const widths = COLUMNS.map((name) => Math.max(...all.map((row) => row[name].length)));
  return all
    .map((row) =>
      COLUMNS.map((name, i) => row[name].padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Whether the whole check fails: a row's verdict begins with `failed`. */
export function anyFailed(rows: readonly Row[]): boolean {
  return rows.some(({ verdict }) => verdict.startsWith('failed'));
}
