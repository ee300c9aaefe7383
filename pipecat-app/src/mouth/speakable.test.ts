import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { speakable, speakableClauses } from './speakable.js';

describe('what is said', () => {
  it.each([
    ['marks around words', 'It is **very** *nice*, `really` ~~not~~ __so__.', 'It is very nice, really not so.'],
    ['headings', '# Weather\n\nSunny.', 'Weather\nSunny.'],
    ['bullets', '- milk\n* eggs\n+ tea\n• bread', 'milk\neggs\ntea\nbread'],
    ['task lists', '- [x] done\n- [ ] open', 'done\nopen'],
    ['quotes', '> He said\n> so', 'He said\nso'],
    ['rules', 'above\n\n---\n\nbelow', 'above\nbelow'],
    ['code blocks', 'Run this:\n```sh\nrm -rf x\n```\nand wait.', 'Run this:\nand wait.'],
    ['a code block that never ends', 'Run this:\n```sh\nrm -rf x', 'Run this:'],
    ['a link', 'See [the manual](https://example.org/m "M").', 'See the manual.'],
    ['an address', 'See https://www.example.org/a/b?c=d#e, then go.', 'See example.org, then go.'],
    ['an address with a password', 'https://me:secret@example.org/x', 'example.org'],
    ['a mark of an address without one', 'It begins with foo://bar or ://', 'It begins with foo bar or'],
    ['an address in brackets', '<https://example.org/x>', 'example.org'],
    ['a table', '| name | size |\n|---|:-:|\n| a | 1 |', 'name, size\na, 1'],
    ['HTML', 'a<br/>b <b>c</b>', 'a b c'],
    ['emojis', 'Done ✅👍🏽 for 👨‍👩‍👧 and 🇩🇪 1️⃣!', 'Done for and 1!'],
    ['control characters', 'a\u0001b\u0000\u200bc\tand\u001b[31m d', 'abc and 31m d'],
    ['snake case', 'timer_set', 'timer set'],
    [
      'sums',
      '3 * 4 > 5, 2^10, ~7, #3 in C#',
      '3 times 4 is more than 5, 2 to the power of 10, about 7, number 3 in C sharp',
    ],
    ['half a mark, as clauses are cut', '**bold', 'bold'],
  ])('%s', (_, text, said) => {
    expect(speakable(text)).toBe(said);
  });

  it.each([
    'It is 10:45, -3.5 °C and 50% at 12/24, $5.20 (about £4).',
    "I can't; don't ask — naïve café, 日本語, you & me.",
    'Write to me@example.org, version 1.2.3.',
    '1. first',
  ])('leaves plain text alone: %s', (text) => {
    expect(speakable(text)).toBe(text);
  });

  const marks = fc.string({ unit: fc.constantFrom(...'*_`#|<>~^{}[]()\\!-+=:/. \n\t\r\u0001aA1,"'), maxLength: 60 });
  const anything = fc.oneof(marks, fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), address());

  it('never holds a markdown mark, an emoji or a control character', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const said = speakable(text);
        expect(said).not.toMatch(/[*_`#|<>~^{}[\]\\]/);
        expect(said).not.toMatch(/(?![\d©®™])[\p{Extended_Pictographic}\p{Emoji_Presentation}]/u);
        expect(said).not.toMatch(/(?!\n)\p{C}/u);
        expect(said).not.toContain('://');
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same when it is said again', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const said = speakable(text);
        expect(speakable(said)).toBe(said);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps every letter and digit of plain words', () => {
    const words = fc.array(fc.stringMatching(/^[a-z0-9]{1,8}$/), { minLength: 1, maxLength: 12 });
    fc.assert(fc.property(words, (list) => speakable(`**${list.join(' ')}**`) === list.join(' ')));
  });

  it('takes less than a second for 4000 hostile characters', () => {
    for (const piece of ['*', '[', '`', '<a', '|-', '- ', '[](', 'https://', '_ ', '\n```', '~', ' ,']) {
      const started = performance.now();
      speakable(piece.repeat(Math.floor(4000 / piece.length)));
      expect(performance.now() - started, piece).toBeLessThan(1000);
    }
  });
});

describe('clause by clause', () => {
  it('a code block that began in an earlier clause is not said', () => {
    const say = speakableClauses();
    const clauses = ['Try this:\n', '```sh\n', 'rm x\n', '~~~\n', '```\n', 'That is all.'];
    expect(clauses.map(say)).toEqual(['Try this:', '', '', '', '', 'That is all.']);
  });

  it('says the same as at once, wherever lines are cut', () => {
    const line = fc.constantFrom('```', '~~~', 'one', '- two', '**three**', '');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), (lines) => {
        const say = speakableClauses();
        const said = lines.map((text) => say(`${text}\n`)).filter((text) => text !== '');
        expect(said.join('\n')).toBe(speakable(`${lines.join('\n')}\n`));
      }),
    );
  });
});

/** Addresses with everything that may stand in them. */
function address(): fc.Arbitrary<string> {
  return fc.webUrl({ withFragments: true, withQueryParameters: true }).map((url) => `see ${url}, ok`);
}
