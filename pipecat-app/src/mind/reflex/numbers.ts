/** One reading of words as a value. */
export type Reading<T> = {
  value: T;
  /** Words that it uses up. */
  length: number;
  /** True when one more word could make it another value: `twenty` (`twenty five`), `an hour` (`an hour and a half`). */
  open: boolean;
  /** How far the words are from what was read; 0 when they say exactly this. */
  cost: number;
};

const ONES: Readonly<Record<string, number>> = {
  zero: 0,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
};
const TEENS: Readonly<Record<string, number>> = {
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
};
const TENS: Readonly<Record<string, number>> = {
  twenty: 20,
  thirty: 30,
  forty: 40,
  fourty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
};
/** What an ear writes for a number that sounds the same. */
const SOUNDS_LIKE: Readonly<Record<string, number>> = {
  to: 2,
  too: 2,
  for: 4,
  fore: 4,
  won: 1,
  well: 1,
  ate: 8,
  tan: 10,
  nein: 9,
  fife: 5,
};
const SOUNDS_LIKE_COST = 0.5;

/** 1 to 99 in words, without `and`. */
function belowHundred(at: (i: number) => string | undefined, i: number): Reading<number> | undefined {
  const word = at(i);
  if (word === undefined) return undefined;
  const tens = TENS[word];
  if (tens !== undefined) {
    const one = ONES[at(i + 1) ?? ''];
    if (one !== undefined && one > 0) return { value: tens + one, length: 2, open: true, cost: 0 };
    return { value: tens, length: 1, open: true, cost: 0 };
  }
  const small = ONES[word] ?? TEENS[word];
  return small === undefined ? undefined : { value: small, length: 1, open: true, cost: 0 };
}

/** A number below a thousand in words: `a hundred and five`, `two hundred`. */
function belowThousand(at: (i: number) => string | undefined, i: number): Reading<number> | undefined {
  const first = at(i) === 'a' && at(i + 1) === 'hundred' ? { value: 1, length: 1 } : belowHundred(at, i);
  if (first === undefined) return undefined;
  if (at(i + first.length) !== 'hundred' || first.value > 9) {
    return { value: first.value, length: first.length, open: true, cost: 0 };
  }
  let length = first.length + 1;
  const rest = belowHundred(at, at(i + length) === 'and' ? i + length + 1 : i + length);
  if (rest === undefined) return { value: first.value * 100, length, open: true, cost: 0 };
  length += rest.length + (at(i + length) === 'and' ? 1 : 0);
  return { value: first.value * 100 + rest.value, length, open: true, cost: 0 };
}

/**
 * Every reading of the words from `i` on as a number from 0 to 999 999, the longest first. Digits are closed (`20` is
 * one token of an ear), words are open.
 */
export function numbersAt(words: readonly string[], i: number): Reading<number>[] {
  const at = (k: number): string | undefined => words[k];
  const word = at(i);
  if (word === undefined) return [];
  const out: Reading<number>[] = [];
  if (/^\d{1,6}(\.\d{1,3})?$/.test(word)) {
    const half = at(i + 1) === 'and' && at(i + 2) === 'a' && at(i + 3) === 'half';
    if (half) out.push({ value: Number(word) + 0.5, length: 4, open: false, cost: 0 });
    out.push({ value: Number(word), length: 1, open: false, cost: 0 });
    return out;
  }
  const small = belowThousand(at, i);
  if (small !== undefined) {
    let whole = small;
    if (at(i + small.length) === 'thousand') {
      const from = i + small.length + 1;
      const and = at(from) === 'and' ? 1 : 0;
      const rest = belowThousand(at, from + and);
      whole = rest
        ? { value: small.value * 1000 + rest.value, length: small.length + 1 + and + rest.length, open: true, cost: 0 }
        : { value: small.value * 1000, length: small.length + 1, open: true, cost: 0 };
    }
    const end = i + whole.length;
    if (at(end) === 'point') {
      const digit = ONES[at(end + 1) ?? ''];
      if (digit !== undefined)
        out.push({ value: whole.value + digit / 10, length: whole.length + 2, open: true, cost: 0 });
    }
    if (at(end) === 'and' && at(end + 1) === 'a' && at(end + 2) === 'half') {
      out.push({ value: whole.value + 0.5, length: whole.length + 3, open: false, cost: 0 });
    }
    out.push(whole);
    const first = belowHundred(at, i);
    if (first !== undefined && first.length < whole.length) out.push(first);
  }
  const alike = SOUNDS_LIKE[word];
  if (alike !== undefined) out.push({ value: alike, length: 1, open: true, cost: SOUNDS_LIKE_COST });
  return out;
}

/** Percentages: `fifty percent`, `50`, `half`, `full`, `maximum`, `a hundred`; 0 to 100. */
export function percentsAt(words: readonly string[], i: number): Reading<number>[] {
  const fixed: Readonly<Record<string, number>> = { half: 50, full: 100, maximum: 100, max: 100, minimum: 10 };
  const value = fixed[words[i] ?? ''];
  if (value !== undefined) return [{ value, length: 1, open: false, cost: 0 }];
  return numbersAt(words, i)
    .filter((n) => n.value <= 100)
    .flatMap((n) => {
      const end = words[i + n.length];
      const twoWords = end === 'per' && words[i + n.length + 1] === 'cent';
      if (end === 'percent' || twoWords) return [{ ...n, length: n.length + (twoWords ? 2 : 1), open: false }, n];
      return [n];
    });
}
