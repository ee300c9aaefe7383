/** What a sentence says, for comparing two: its bones, and what is filled in. */
export type Statement = {
  /** Whose or what it is about, as words: "my name", "i live in". */
  subject: string;
  /** What is said of it. */
  value: string;
  negated: boolean;
  /** Whether the subject can have several values at once: friends, likes. */
  several: boolean;
};
export type Verdict = 'same' | 'contradicts' | 'other';

/** Two likings at least this near say the same when their words do. Fitted on `labelled/pairs.tsv`. */
const SAME_SCORE = 0.86;
/** Below this two sentences are not compared at all. */
const NEAR_SCORE = 0.3;

const NEGATION =
  /\b(?:not|never|no longer|no|don't|doesn't|didn't|isn't|aren't|wasn't|can't|cannot|won't|hate|dislike)\b/g;
const SLOT =
  /\b(?:\d[\d.,:]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december|morning|afternoon|evening|night|today|tomorrow|noon|midnight)(?:st|nd|rd|th|s|am|pm)?\b/g;
/** Of these a person can have more than one. */
const SEVERAL =
  /\b(?:friends?|brothers?|sisters?|sons?|daughters?|child(?:ren)?|kids?|cats?|dogs?|pets?|cousins?|uncles?|aunts?|colleagues?|neighbou?rs?|hobb(?:y|ies)|allerg(?:y|ies))\b(?!'s (?!name))/;
/** What something has one of: the last word of "my shoe size", "Anna's birthday", "my favourite colour". */
const ATTRIBUTE =
  /(?:favourite [a-z ]+|\b(?:name|birthday|anniversary|job|profession|address|town|hometown|e-?mail|number|plate|type|size|height|weight|sign|language|tongue|nationality|age|password|code|salary))$/;
/** Subjects of the speaker: only these may be the same in other words, because those of others differ in a name. */
const OWN = /^(?:my|our) (?!.*'s )(?:[a-z]+ ?){1,3}$/;
/** Words that say little; two sentences may differ in them. */
const LITTLE = new Set(
  'a an the is are was were be been at on in of to my our i we it that this always usually every'.split(' '),
);
/** Verbs after which one value stands in the place of another. */
const SINGLE =
  /^(i|we|you|he|she|it|they|(?:my|our|the) [a-z' ]+?) (?:now |currently )?((?:(?:do not|don't|does not|doesn't|no longer) )?(?:live|lives|moved|work|works|drive|drives|study|studies|weigh|weighs|go|goes|wake|wakes|get|gets|sleep|sleeps) ?(?:in|at|to|for|as|up|up at)?) (.+)$/;
const LIKING =
  /^(i|we|my [a-z' ]+?) (?:really |still |now )?((?:do not|don't|does not|doesn't|no longer) )?(like|likes|love|loves|enjoy|enjoys|prefer|prefers|hate|hates|dislike|dislikes|can eat|cannot eat|can't eat|eat|eats|drink|drinks|speak|speaks) (.+)$/;
const COPULA = /^((?:my|our) .+?|i|we|[a-z]+'s .+?) (am|is|are|was|were|isn't|aren't|wasn't)( not| no longer)? (.+)$/;

/** Compares a new sentence with a known one. `score` is how near they are in meaning, `subjects` compares two subjects. */
export function compare(
  said: string,
  known: string,
  score: number,
  nearSubjects: (a: string, b: string) => boolean,
): Verdict {
  const [a, b] = [plain(said), plain(known)];
  if (a === b) return 'same';
  if (score < NEAR_SCORE) return 'other';
  const [x, y] = [statement(a), statement(b)];
  if (x && y) return compareStatements(x, y, score, nearSubjects);
  return compareBones(a, b);
}

function compareStatements(
  x: Statement,
  y: Statement,
  score: number,
  nearSubjects: (a: string, b: string) => boolean,
): Verdict {
  const own =
    x.subject === y.subject || (OWN.test(x.subject) && OWN.test(y.subject) && nearSubjects(x.subject, y.subject));
  if (!own) return 'other';
  if (x.value === y.value) return x.negated === y.negated ? 'same' : 'contradicts';
  if (x.several || y.several)
    return score >= SAME_SCORE && x.negated === y.negated && sameWords(x.value, y.value) ? 'same' : 'other';
  if (x.negated === y.negated) return contains(x.value, y.value) ? 'same' : 'contradicts';
  return 'other';
}

/** Of sentences without a known form only those are compared that share every word but numbers, days and negations. */
function compareBones(a: string, b: string): Verdict {
  if (!sameWords(bones(a), bones(b))) return 'other';
  const negations = (text: string) => (text.match(NEGATION) ?? []).length % 2;
  return slots(a) === slots(b) && negations(a) === negations(b) ? 'same' : 'contradicts';
}

/** Understands the plain forms "my X is Y", "I live in Y", "I like Y"; undefined for all others. */
export function statement(sentence: string): Statement | undefined {
  const liking = LIKING.exec(sentence);
  if (liking) {
    const [, who, not, verb, value] = liking as unknown as [string, string, string | undefined, string, string];
    const negated = Boolean(not) !== /hate|dislike|cannot|can't/.test(verb);
    const of = /drink|speak/.test(verb) ? verb.replace(/s$/, '') : /eat/.test(verb) ? 'eat' : 'like';
    return { subject: `${who} ${of}`, value: bare(value), negated, several: true };
  }
  const single = SINGLE.exec(sentence);
  if (single) {
    const [, who, verb, value] = single as unknown as [string, string, string, string];
    const negated = /not|n't|no longer/.test(verb);
    const stem = verb
      .replace(/^(?:do not|don't|does not|doesn't|no longer) /, '')
      .replace(/^moved to/, 'live in')
      .replace(/^(\w+?)s\b/, '$1');
    return { subject: `${who} ${stem}`, value: bare(value), negated, several: false };
  }
  const copula = COPULA.exec(sentence);
  if (!copula) return undefined;
  const [, subject, verb, not, value] = copula as unknown as [string, string, string, string | undefined, string];
  const negated = Boolean(not) || verb.endsWith("n't");
  const kind = ATTRIBUTE.test(subject) ? '' : kindOf(value);
  return {
    subject: `${subject}${kind}`,
    value: bare(value),
    negated,
    several: SEVERAL.test(subject) || kind === ' is',
  };
}

/** "I am 40 years old" and "I am a nurse" speak of different things; of some there is only one at a time. */
function kindOf(value: string): string {
  if (/years old$|^\d+$/.test(value)) return ' is old';
  if (/(?:metres|meters|feet|centimetres|cm) ?(?:tall)?$/.test(value)) return ' is tall';
  if (/^(?:married|single|divorced|engaged|widowed)/.test(value)) return ' is married';
  if (/^(?:called|named) /.test(value)) return ' is called';
  if (/^(?:from|in|at|on|under|behind|next to) /.test(value)) return ' is at';
  return ' is';
}

export const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[’`]/g, "'")
    .replace(/\bi'm\b/g, 'i am')
    .replace(/\b(that|it|he|she|name|birthday)'s\b(?= (?!name|birthday))/g, '$1 is')
    .replace(/\bfavorite\b/g, 'favourite')
    .replace(/\bcolor\b/g, 'colour')
    .replace(/[^\p{L}\p{N}' .:,-]/gu, ' ')
    .replace(/[.,]+(?=\s|$)/g, '')
    .replace(/\s+/g, ' ')
    .trim();

const bare = (value: string): string => value.replace(/^(?:a|an|the|on|called|named) /, '').trim();
const slots = (text: string): string => (text.match(SLOT) ?? []).join(' ');
const bones = (text: string): string => text.replace(SLOT, '_').replace(NEGATION, '').replace(/\s+/g, ' ').trim();
const contains = (a: string, b: string): boolean => ` ${a} `.includes(` ${b} `) || ` ${b} `.includes(` ${a} `);

function sameWords(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => new Set(text.split(' ').filter((word) => !LITTLE.has(word))));
  return x !== undefined && y !== undefined && x.size === y.size && [...x].every((word) => y.has(word));
}
