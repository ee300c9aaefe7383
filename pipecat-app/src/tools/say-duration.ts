const UNITS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

/** Whole seconds as people say them: `1 hour and 30 minutes`. At most `parts` units, the rest is rounded away. */
export function sayDuration(seconds: number, parts = 3): string {
  const smallest = UNITS.findIndex(([unit]) => seconds >= unit) + parts - 1;
  const step = UNITS[smallest]?.[0] ?? 1;
  let rest = Math.max(0, Math.round(seconds / step) * step);
  const said: string[] = [];
  for (const [unit, name] of UNITS) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) said.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  if (said.length === 0) return '0 seconds';
  return said.length === 1 ? (said[0] ?? '') : `${said.slice(0, -1).join(', ')} and ${said.at(-1)}`;
}
