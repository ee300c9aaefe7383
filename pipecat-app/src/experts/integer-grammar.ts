/** GBNF of the whole numbers from `least` to `most`, both at most 15 digits long, without leading zeros. */
export function integerGrammar(least: number, most: number): string {
  if (most < 0) return `"-" ${between(-most, -least)}`;
  if (least >= 0) return between(least, most);
  return `("-" ${between(1, -least)} | ${between(0, most)})`;
}

function between(least: number, most: number): string {
  const all: string[] = [];
  for (let digits = String(least).length; digits <= String(most).length; digits++) {
    const from = Math.max(least, digits === 1 ? 0 : 10 ** (digits - 1));
    const to = Math.min(most, 10 ** digits - 1);
    all.push(sameLength(String(from), String(to)));
  }
  return all.length === 1 ? (all[0] ?? '') : `(${all.join(' | ')})`;
}

/** Numbers from `from` to `to`, which have the same number of digits. */
function sameLength(from: string, to: string): string {
  if (from === to) return `"${from}"`;
  const [low = '0', high = '9'] = [from[0], to[0]];
  const rest = from.length - 1;
  if (rest === 0) return `[${low}-${high}]`;
  const [fromRest, toRest] = [from.slice(1), to.slice(1)];
  if (low === high) return `"${low}" ${sameLength(fromRest, toRest)}`;
  const any = `[0-9]{${rest}}`;
  const [zeros, nines] = [/^0+$/.test(fromRest), /^9+$/.test(toRest)];
  const [first, last] = [zeros ? Number(low) : Number(low) + 1, nines ? Number(high) : Number(high) - 1];
  return `(${[
    zeros ? '' : `"${low}" ${sameLength(fromRest, '9'.repeat(rest))}`,
    first <= last ? `[${first}-${last}] ${any}` : '',
    nines ? '' : `"${high}" ${sameLength('0'.repeat(rest), toRest)}`,
  ]
    .filter(Boolean)
    .join(' | ')})`;
}
