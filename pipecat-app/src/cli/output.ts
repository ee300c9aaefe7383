import type { Command } from 'commander';

/** Columns as wide as their widest cell, two spaces apart, with a heading. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[heading, ...rows].map(line).join('\n')}\n`;
}

/** Prints `value` as JSON when the command was asked for it, else `text`. */
export function print(command: Command, value: unknown, text: string): void {
  const json = command.optsWithGlobals<{ output?: string }>().output === 'json';
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : text);
}
