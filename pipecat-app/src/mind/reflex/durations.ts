import { numbersAt, type Reading } from './numbers.js';

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  seconds: 1,
  minute: 60,
  minutes: 60,
  hour: 3600,
  hours: 3600,
  day: 86_400,
  days: 86_400,
};
/** What an ear writes for a unit. */
const UNIT_ALIKE: Readonly<Record<string, number>> = {
  our: 3600,
  ours: 3600,
  minuets: 60,
  minutus: 60,
  minutos: 60,
  menace: 60,
  minnets: 60,
  minnits: 60,
  mints: 60,
  mins: 60,
  min: 60,
  secs: 1,
  sec: 1,
};
const ALIKE_COST = 0.3;
/** Longest duration that is understood, in seconds. */
const LONGEST = 7 * 86_400;

type Piece = { seconds: number; unit: number; length: number; cost: number; closed: boolean };

const unitOf = (word: string | undefined): { unit: number; cost: number } | undefined => {
  const exact = UNIT_SECONDS[word ?? ''];
  if (exact !== undefined) return { unit: exact, cost: 0 };
  const alike = UNIT_ALIKE[word ?? ''];
  return alike === undefined ? undefined : { unit: alike, cost: ALIKE_COST };
};

/** `half an hour`, `a quarter of an hour`, `three quarters of an hour`, `a couple of minutes`. */
function fraction(words: readonly string[], i: number): Piece | undefined {
  let k = i;
  let part = 0;
  if (words[k] === 'a' && (words[k + 1] === 'half' || words[k + 1] === 'quarter' || words[k + 1] === 'couple')) k++;
  if (words[k] === 'half') part = 0.5;
  else if (words[k] === 'quarter') part = 0.25;
  else if (words[k] === 'couple') part = 2;
  else if (words[k] === 'three' && words[k + 1] === 'quarters') {
    part = 0.75;
    k++;
  } else return undefined;
  k++;
  if (words[k] === 'of') k++;
  if (words[k] === 'a' || words[k] === 'an') k++;
  const unit = unitOf(words[k]);
  if (unit === undefined) return undefined;
  return { seconds: part * unit.unit, unit: unit.unit, length: k + 1 - i, cost: unit.cost, closed: true };
}

function pieces(words: readonly string[], i: number): Piece[] {
  const out: Piece[] = [];
  const part = fraction(words, i);
  if (part !== undefined) out.push(part);
  const one = words[i] === 'a' || words[i] === 'an' ? [{ value: 1, length: 1, cost: 0 }] : [];
  for (const number of [...numbersAt(words, i), ...one]) {
    const end = i + number.length;
    const unit = unitOf(words[end]);
    if (unit === undefined) continue;
    const cost = number.cost + unit.cost;
    const half = words[end + 1] === 'and' && words[end + 2] === 'a' && words[end + 3] === 'half';
    const length = number.length + 1;
    if (half) {
      out.push({ seconds: (number.value + 0.5) * unit.unit, unit: unit.unit, length: length + 3, cost, closed: true });
    }
    out.push({ seconds: number.value * unit.unit, unit: unit.unit, length, cost, closed: unit.unit <= 60 });
  }
  return out;
}

/**
 * Every reading of the words from `i` on as a duration in seconds, longest first: `five minutes`, `an hour and a half`,
 * `two and a half minutes`, `1 hour 20`, `half an hour`, `1:30` (minutes and seconds). A reading that ends in whole
 * hours or days stays open, since people go on (`an hour … and a half`); minutes and seconds are closed.
 */
export function durationsAt(words: readonly string[], i: number): Reading<number>[] {
  const out: Reading<number>[] = [];
  const clock = /^(\d{1,2}):([0-5]\d)$/.exec(words[i] ?? '');
  if (clock) {
    const unit = unitOf(words[i + 1])?.unit;
    const scale = unit === 3600 ? 60 : 1;
    const value = (Number(clock[1]) * 60 + Number(clock[2])) * scale;
    out.push({ value, length: unit === undefined ? 1 : 2, open: false, cost: 0 });
  }
  for (const piece of pieces(words, i)) {
    const end = i + piece.length;
    const and = words[end] === 'and' ? 1 : 0;
    for (const rest of piece.unit > 1 ? pieces(words, end + and) : []) {
      if (rest.unit >= piece.unit) continue;
      const third = words[end + and + rest.length] === 'and' ? 1 : 0;
      for (const last of rest.unit > 1 ? pieces(words, end + and + rest.length + third) : []) {
        if (last.unit >= rest.unit) continue;
        out.push({
          value: piece.seconds + rest.seconds + last.seconds,
          length: piece.length + and + rest.length + third + last.length,
          open: false,
          cost: piece.cost + rest.cost + last.cost,
        });
      }
      out.push({
        value: piece.seconds + rest.seconds,
        length: piece.length + and + rest.length,
        open: false,
        cost: piece.cost + rest.cost,
      });
    }
    for (const bare of piece.unit > 60 ? numbersAt(words, end + and) : []) {
      if (piece.unit !== 3600 || bare.value >= 60 || bare.cost > 0) continue;
      out.push({
        value: piece.seconds + bare.value * 60,
        length: piece.length + and + bare.length,
        open: bare.open,
        cost: piece.cost,
      });
    }
    out.push({ value: piece.seconds, length: piece.length, open: !piece.closed, cost: piece.cost });
  }
  return out
    .map((d) => ({ ...d, value: Math.round(d.value) }))
    .filter((d) => d.value > 0 && d.value <= LONGEST)
    .sort((a, b) => b.length - a.length);
}
