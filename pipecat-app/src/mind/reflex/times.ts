import { numbersAt, type Reading } from './numbers.js';

/** A time of day. Without `meridiem` the hour may mean morning or evening. */
export type TimeOfDay = { hour: number; minute: number; meridiem?: 'am' | 'pm' };

const closed = (value: TimeOfDay, length: number, cost = 0): Reading<TimeOfDay> => ({
  value,
  length,
  open: false,
  cost,
});

/** Reads `in the evening`, `pm`, `oclock` after a time; returns the words used. */
function tail(words: readonly string[], i: number): { meridiem?: 'am' | 'pm'; length: number } {
  let k = i;
  if (words[k] === 'oclock' || (words[k] === 'o' && words[k + 1] === 'clock')) k += words[k] === 'o' ? 2 : 1;
  const word = words[k];
  if (word === 'am' || word === 'pm') return { meridiem: word, length: k + 1 - i };
  if ((word === 'a' || word === 'p') && words[k + 1] === 'm')
    return { meridiem: word === 'a' ? 'am' : 'pm', length: k + 2 - i };
  if (word === 'in' && words[k + 1] === 'the') {
    if (words[k + 2] === 'morning') return { meridiem: 'am', length: k + 3 - i };
    if (words[k + 2] === 'afternoon' || words[k + 2] === 'evening') return { meridiem: 'pm', length: k + 3 - i };
  }
  if (word === 'at' && words[k + 1] === 'night') return { meridiem: 'pm', length: k + 2 - i };
  if (word === 'tonight') return { meridiem: 'pm', length: k + 1 - i };
  return { length: k - i };
}

const minutesBefore = (word: string | undefined): number | undefined =>
  word === 'quarter' ? 15 : word === 'half' ? 30 : undefined;

/** `quarter past seven`, `ten to eight`, `half past noon` is not said. */
function relative(words: readonly string[], i: number): { value: TimeOfDay; length: number }[] {
  const out: { value: TimeOfDay; length: number }[] = [];
  let k = i;
  if (words[k] === 'a' && words[k + 1] === 'quarter') k++;
  const named = minutesBefore(words[k]);
  const minutes = named === undefined ? numbersAt(words, k).filter((n) => n.value < 60) : [{ value: named, length: 1 }];
  for (const minute of minutes) {
    let end = k + minute.length;
    if (words[end] === 'minutes') end++;
    const side = words[end];
    const past = side === 'past' || side === 'after';
    if (!past && side !== 'to' && side !== 'before') continue;
    for (const hour of numbersAt(words, end + 1)) {
      if (hour.value < 1 || hour.value > 12 || hour.cost > 0 || !Number.isInteger(hour.value)) continue;
      const value = past
        ? { hour: hour.value, minute: minute.value }
        : { hour: hour.value === 1 ? 12 : hour.value - 1, minute: 60 - minute.value };
      if (value.minute === 60) continue;
      out.push({ value, length: end + 1 + hour.length - i });
    }
  }
  return out;
}

/**
 * Every reading of the words from `i` on as a time of day: `7 pm`, `quarter past seven`, `seven thirty in the evening`,
 * `19:30`, `noon`. A bare hour (`seven`) stays open.
 */
export function timesAt(words: readonly string[], i: number): Reading<TimeOfDay>[] {
  if (words[i] === 'noon' || words[i] === 'midday') return [closed({ hour: 12, minute: 0, meridiem: 'pm' }, 1)];
  if (words[i] === 'midnight') return [closed({ hour: 12, minute: 0, meridiem: 'am' }, 1)];
  const bases: { value: TimeOfDay; length: number; bare: boolean }[] = [];
  const clock = /^(\d{1,2})[:.]([0-5]\d)$/.exec(words[i] ?? '');
  if (clock && Number(clock[1]) < 24) {
    bases.push({ value: { hour: Number(clock[1]), minute: Number(clock[2]) }, length: 1, bare: false });
  }
  for (const { value, length } of relative(words, i)) bases.push({ value, length, bare: false });
  for (const hour of numbersAt(words, i)) {
    if (!Number.isInteger(hour.value) || hour.value > 23 || hour.cost > 0) continue;
    const oh = words[i + hour.length] === 'oh' || words[i + hour.length] === 'o' ? 1 : 0;
    for (const minute of numbersAt(words, i + hour.length + oh)) {
      const fits = oh === 1 ? minute.value < 10 : minute.value >= 10 && minute.value < 60;
      if (!fits || minute.cost > 0 || !Number.isInteger(minute.value)) continue;
      bases.push({
        value: { hour: hour.value, minute: minute.value },
        length: hour.length + oh + minute.length,
        bare: false,
      });
    }
    bases.push({ value: { hour: hour.value, minute: 0 }, length: hour.length, bare: true });
  }
  const out: Reading<TimeOfDay>[] = [];
  for (const base of bases) {
    const end = tail(words, i + base.length);
    if (end.meridiem !== undefined && base.value.hour >= 1 && base.value.hour <= 12) {
      out.push(closed({ ...base.value, meridiem: end.meridiem }, base.length + end.length));
    } else if (end.length > 0 && end.meridiem === undefined) {
      out.push(closed(base.value, base.length + end.length));
    }
    out.push({ value: base.value, length: base.length, open: base.bare, cost: 0 });
  }
  return out.sort((a, b) => b.length - a.length);
}
