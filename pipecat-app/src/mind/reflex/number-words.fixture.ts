const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];

/** Says a whole number below a million, British (`one hundred and five`) or American (`one hundred five`). */
export function spell(n: number, and: boolean): string {
  if (n < 20) return ONES[n] ?? '';
  if (n < 100) return [TENS[Math.floor(n / 10)], n % 10 ? ONES[n % 10] : ''].filter(Boolean).join(' ');
  const [unit, name] = n < 1000 ? [100, 'hundred'] : [1000, 'thousand'];
  const rest = n % unit;
  const joint = and && rest > 0 && (unit === 100 || rest < 100) ? 'and' : '';
  return [spell(Math.floor(n / unit), and), name, joint, rest ? spell(rest, and) : ''].filter(Boolean).join(' ');
}
