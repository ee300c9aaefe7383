/** Contractions that speech has and templates have not. Applied to whole words. */
const CONTRACTIONS: Readonly<Record<string, string>> = {
  "what's": 'what is',
  whats: 'what is',
  "that's": 'that is',
  "it's": 'it is',
  "there's": 'there is',
  "who's": 'who is',
  "how's": 'how is',
  "when's": 'when is',
  "let's": 'let us',
  "i'm": 'i am',
  "i'd": 'i would',
  "i've": 'i have',
  "you're": 'you are',
  "you've": 'you have',
  "don't": 'do not',
  "doesn't": 'does not',
  "didn't": 'did not',
  "can't": 'can not',
  cannot: 'can not',
  "won't": 'will not',
  "aren't": 'are not',
  "wasn't": 'was not',
  "weren't": 'were not',
  "hasn't": 'has not',
  "haven't": 'have not',
  "hadn't": 'had not',
  "shouldn't": 'should not',
  "wouldn't": 'would not',
  "couldn't": 'could not',
  "mustn't": 'must not',
  "i'll": 'i will',
  "we'll": 'we will',
  "you'll": 'you will',
  "we're": 'we are',
  "they're": 'they are',
  "we've": 'we have',
  "isn't": 'is not',
  "o'clock": 'oclock',
  gonna: 'going to',
  wanna: 'want to',
  okay: 'ok',
  anymore: 'any more',
};

/** Abbreviations that an ear writes after a number. */
const UNITS: Readonly<Record<string, string>> = {
  s: 'seconds',
  sec: 'seconds',
  secs: 'seconds',
  m: 'minutes',
  min: 'minutes',
  mins: 'minutes',
  h: 'hours',
  hr: 'hours',
  hrs: 'hours',
};

/**
 * Splits what was heard or typed into lower-case words. Punctuation goes, numbers stay as an ear writes them (`1:30`,
 * `2.5`, `50 percent`, `7 pm`), contractions are written out, hyphens part words.
 */
export function words(text: string): string[] {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[‘’ʼ`]/g, "'")
    .replace(/\b([ap])\.\s?m\b\.?/g, '$1m')
    .replace(/1⁄2/g, ' half ')
    .replace(/(\d)\s*%/g, '$1 percent')
    .replace(/(\d)[,](?=\d{3}\b)/g, '$1')
    .replace(/(\d)([a-z])/g, '$1 $2')
    .replace(/[^a-z0-9'.:]+/g, ' ')
    .replace(/(?<!\d)[.:]|[.:](?!\d)/g, ' ');
  const out: string[] = [];
  for (const raw of plain.split(' ')) {
    const word = raw.replace(/^'+|'+$/g, '');
    if (word === '') continue;
    const afterNumber = /^\d/.test(out.at(-1) ?? '');
    const written = (afterNumber ? UNITS[word] : undefined) ?? CONTRACTIONS[word] ?? word.replace(/'s$|'/g, '');
    for (const part of written.split(' ')) if (part !== '') out.push(part);
  }
  return out;
}
