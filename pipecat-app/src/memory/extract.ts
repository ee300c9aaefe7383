/** Most facts that one turn may bring. */
const MOST = 3;
/** Longer sentences are stories, not statements. In characters. */
const LONGEST = 200;

const FILLER =
  /^(?:(?:well|oh|so|and|but|also|ok|okay|yes|no|yeah|hey|hi|hello|please|actually|by the way|you know|just so you know|for your information|twin|hey twin|hi twin|hello twin|listen)[, ]+)+/i;
/** Said outright: whatever follows is kept. */
const TOLD =
  /^(?:(?:can|could|would|will) you (?:please )?)?(?:remember|please remember|don't forget|do not forget|keep in mind|note|make a note|take a note)(?: that|: ?|, ?)\s*(.+?)(?:,? please)?[.!]?$/i;
const QUESTION =
  /\?\s*$|^(?:what|who|whom|whose|where|when|why|how|which|do|does|did|is|are|am|was|were|can|could|will|would|should|shall|may|might|have|has|had)\b/i;
/** True for the moment, wished, supposed or only reported. */
const PASSING =
  /\b(?:right now|at the moment|just now|for now|today|tonight|tomorrow|yesterday|this (?:morning|afternoon|evening|week|minute)|soon|currently playing|if|unless|maybe|perhaps|i think|i guess|i wish|i hope|suppose|imagine|pretend|would|could|might)\b/i;

const KIN =
  'wife|husband|partner|girlfriend|boyfriend|fianc[eé]e?|mother|mum|mom|father|dad|parents|son|daughter|child|children|kids|baby|brother|sister|grandmother|grandma|grandfather|grandpa|aunt|uncle|cousin|niece|nephew|friend|best friend|neighbou?r|boss|colleague|teacher|doctor|dentist|landlord|flatmate|roommate';
const PET = 'dog|cat|pet|rabbit|hamster|parrot|horse|goldfish|tortoise';
const OWN =
  'name|first name|last name|surname|nickname|birthday|wedding anniversary|anniversary|job|profession|hobby|hobbies|address|street|home town|hometown|e-?mail(?: address)?|phone(?: number)?|mobile number|telephone number|number plate|licen[cs]e plate|blood type|shoe size|height|weight|religion|star sign|native language|mother tongue|nationality|car|bike|bicycle|company|school|university|team|band|allergy|allergies|diet|locker|office|flat|house|apartment';
const FAVOURITE = 'favou?rite [a-z ]+?';
const COUNT = 'an?|one|two|three|four|five|six|seven|no';
/** What is loved or hated here is known only to those who were there. */
const VAGUE =
  /^(?:it|this|that|these|those|you|them|him|her|us|what|how|when|the (?:idea|way|sound of that)|to (?:think|say|know|hear|see|see that)|not|so|that one|your .*)\b/i;
/** Behind "I'm a": moods and degrees. */
const MOOD = /^(?:bit|little|lot|few|fool|mess|tad|while|minute|hurry|meeting|moment)\b/i;
/** A value that says how something is just now. */
const STATE =
  /^(?:\w+ing\b|empty|full|dead|broken|cold|hot|wet|late|gone|here|there|ready|open|closed|(?:on|off|down|up|back)$|fine|okay|ok|good|bad|great|wrong|tired|ill|sick|asleep|awake|hungry|away|at home|not (?:here|home|ready|working))\b/i;

const FORMS: readonly RegExp[] = [
  /^my name is .+/i,
  /^(?:please )?call me (?!(?:when|if|back|later|at|a|an|on|tomorrow)\b)\p{L}+/iu,
  /^i(?:'m| am) (?:called|named) .+/i,
  /^(?:i|we) (?:still |now )?live (?:in|at|on|near|with|alone) ?(?!hope|fear).*/i,
  /^(?:i|we) (?:have |just |have just )?moved to .+/i,
  /^(?:i(?:'m| am)|i come|we(?:'re| are)|we come) (?:originally )?from .+/i,
  /^i was born (?:in|on) .+/i,
  /^i grew up (?:in|on) .+/i,
  /^i (?:still |now |no longer |don't |do not )?work (?:at|for|as|in|from) .+/i,
  /^i(?:'m| am) (?:an? .+|retired|unemployed|married|single|divorced|widowed|engaged|pregnant|vegetarian|vegan|diabetic|left-handed|colou?r-?blind|deaf|blind|lactose intolerant|gluten intolerant|allergic to .+|afraid of .+|\d+(?: years old)?|.+ (?:tall|years old))$/i,
  new RegExp(
    `^(?:i|we) (?:have|have got|'ve got) (?:${COUNT}) (?:\\p{L}+ )?(?:${KIN}|${PET}|car|bike|garden|allergy|balcony)(?:s|es)?\\b.*`,
    'iu',
  ),
  /^(?:i|we) (?:really |absolutely |also |do )?(?:(?:don't|do not) (?:really )?)?(?:like|love|hate|enjoy|prefer|dislike|adore|can't stand|cannot stand) .+/i,
  /^(?:i|we) (?:speak|play|study|collect|(?:don't|do not|never|only) (?:eat|drink|smoke)|don't smoke|drive an?|take (?:insulin|medication)) ?.*/i,
  new RegExp(`^(?:my|our) (?:${KIN}|${PET})(?:'s)? (?:(?:${OWN}|${FAVOURITE}) )?(?:is|are|was born) .+`, 'iu'),
  new RegExp(
    `^(?:my|our) (?:\\p{L}+ )?(?:${KIN}|${PET}) (?:lives|live|works|work|plays|likes|loves|hates|studies|speaks|has an?) .+`,
    'iu',
  ),
  new RegExp(`^(?:my|our) (?:${OWN}|${FAVOURITE})(?: number)? (?:is|are) .+`, 'iu'),
  new RegExp(`^(?:my|our) (?:${KIN})'s (?:${OWN}|${FAVOURITE}|${KIN}|${PET}) (?:is|are) .+`, 'iu'),
];

/**
 * Statements about themselves that somebody made in passing, and what they said to remember, each as a sentence. Plain
 * rules: what is asked, wished, supposed or true only now is left out, and so is everything that fits no form.
 *
 * @example extractFacts("Hi, my name is Anna and I live in Bonn. What's new?") // ["My name is Anna.", "I live in Bonn."]
 */
export function extractFacts(said: string): string[] {
  const facts = said
    .replace(/[’`]/g, "'")
    .replace(/\s+/g, ' ')
    .split(/(?<=[.!?])\s+(?=\S)/)
    .flatMap((sentence) => fromSentence(sentence.trim()));
  return [...new Set(facts)].slice(0, MOST);
}

function fromSentence(sentence: string): string[] {
  const bare = sentence.replace(FILLER, '');
  const told = TOLD.exec(bare)?.[1];
  if (told !== undefined && told.length > 3 && !bare.endsWith('?')) return [asSentence(told)];
  if (told !== undefined && /^(?:can|could|would|will) you/i.test(bare)) return [asSentence(told.replace(/\?$/, ''))];
  if (bare.length > LONGEST || QUESTION.test(bare)) return [];
  return bare
    .split(/(?:,? (?:and|but)|[,;]) (?=(?:i|i'm|my|we|our) )/i)
    .map((part) =>
      part
        .replace(FILLER, '')
        .replace(/[.!]+$/, '')
        .trim(),
    )
    .filter(isStatement)
    .map(asSentence);
}

function isStatement(part: string): boolean {
  if (PASSING.test(part) || !FORMS.some((form) => form.test(part))) return false;
  const liked = /(?:like|love|hate|enjoy|prefer|dislike|adore|stand) (.+)$/i.exec(part)?.[1];
  if (liked !== undefined && /^(?:i|we) /i.test(part) && VAGUE.test(liked)) return false;
  const am = /^i(?:'m| am) an? (.+)$/i.exec(part)?.[1];
  if (am !== undefined && MOOD.test(am)) return false;
  const value = /^(?:my|our) .+? (?:is|are) (.+)$/i.exec(part)?.[1];
  return value === undefined || !STATE.test(value);
}

function asSentence(text: string): string {
  const trimmed = text.trim().replace(/[,;:]+$/, '');
  const whole = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}
