const words = (text: string): string[] => text.split(' ').map((word) => `" ${word}"`);

const ONES = words('one two three four five six seven eight nine');
const TEENS = words('ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen');
const TENS = words('twenty thirty forty fifty sixty seventy eighty ninety');

/** Names of two words that people give to timers; any single word is a name too. */
const NAMES = [
  'baked potatoes',
  'boiled egg',
  'boiled eggs',
  'chocolate cake',
  'coffee break',
  'french fries',
  'french toast',
  'garlic bread',
  'green tea',
  'home work',
  'ice bath',
  'ice cream',
  'lunch break',
  'power nap',
  'roast chicken',
  'slow cooker',
  'tea break',
  'washing machine',
].map((name) => `" ${name}"`);

/** What the slots sound like, as GBNF alternatives; `{name}` is another entry. */
export const SLOT_RULES: Readonly<Record<string, readonly string[]>> = {
  ones: ONES,
  tens: TENS,
  number: ['" " [1-9] {digit}', '" 100"', '{ones}', ...TEENS, '{tens} {unitless}', '" a hundred"', '" one hundred"'],
  digit: ['[0-9]', '""'],
  unitless: ['""', '{ones}', '"-" {hyphened}'],
  hyphened: ONES.map((word) => word.replace(' ', '')),
  unit: ['" second" {plural}', '" minute" {plural}', '" hour" {plural}'],
  joined: ['"second"', '"minute"', '"hour"'],
  plural: ['"s"', '""'],
  duration: [
    '{number} {unit} {more}',
    '{number} " and a half" {unit}',
    '{number} "-" {joined}',
    '" half an hour"',
    '" a" {quarter}',
    '" an hour" {half}',
    '" an hour and" {number} " minutes"',
    '" one and a half hours"',
  ],
  more: ['""', '" and" {number} {unit}', '{number} {unit}', '" and a half"'],
  quarter: ['" quarter of an hour"', '" minute" {half}', '" half hour"'],
  half: ['""', '" and a half"'],
  percent: ['{number} "%"', '{number} " percent"', '" half"', '" maximum"', '" full"'],
  time: [
    '" " [1-9] {digit} {minutes} {side}',
    '{ones} {spoken} {side}',
    '" ten" {spoken} {side}',
    '" eleven" {spoken} {side}',
    '" twelve" {spoken} {side}',
    '" half past" {number}',
    '" quarter" {past} {number}',
    '" a quarter" {past} {number}',
    '" noon"',
    '" midnight"',
  ],
  past: ['" past"', '" to"'],
  minutes: ['""', '":" [0-5] [0-9]'],
  spoken: ['""', ...words('ten fifteen forty-five'), '{tens}'],
  side: [
    '""',
    `" o'clock"`,
    '" am"',
    '" pm"',
    '" a.m."',
    '" p.m."',
    '" AM"',
    '" PM"',
    '" in the morning"',
    '" in the evening"',
    '" in the afternoon"',
  ],
  text: ['" " [a-z] [a-z] {letters}', ...NAMES],
  letters: ['[a-z]+'],
};
