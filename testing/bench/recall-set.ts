/** A fact, and a question for it in other words. */
export type Pair = { fact: string; question: string };

const PEOPLE =
  'Ulrich Marta Tobias Henrike Oskar Paula Gustav Ines Konrad Judith Albert Romy Hannes Vera Lorenz Erika Magnus Tilda Bruno Carla Anton Frieda Stefan Lydia Rupert Nora Edgar Sonja Felix Greta Moritz Helga Arthur Milena Jasper Klara Viktor Dana Leopold Amelie'.split(
    ' ',
  );
const THINGS =
  'boiler|washing machine|lawn mower|garden shed|kitchen lamp|coffee grinder|tent|sewing machine|bicycle pump|chess set|piano|toolbox|vacuum cleaner|hedge trimmer|record player|ladder|wheelbarrow|freezer|camera|telescope|dining table|sleeping bag|printer|accordion|water filter|rice cooker|step stool|bread machine|canoe|projector|typewriter|greenhouse|rain barrel|cellar door|weather station|globe|fondue pot|sledge|drill|rocking chair'.split(
    '|',
  );
const TOWNS =
  'Toronto|Bergen|Porto|Graz|Leeds|Krakow|Turin|Utrecht|Malmo|Seville|Galway|Riga|Lyon|Basel|Ghent|Oulu'.split('|');
const DISHES = 'lentil soup|apple strudel|mushroom risotto|fish curry|potato salad|pancakes|goulash|onion tart'.split(
  '|',
);
const JOBS =
  'a nurse|a bus driver|a plumber|a violin teacher|an architect|a baker|a vet|a librarian|a pilot|a judge'.split('|');
const HOBBIES =
  'rowing|pottery|bird watching|climbing|folk dancing|beekeeping|model trains|crosswords|fencing|choir'.split('|');
const MONTHS = 'January|February|March|April|May|June|July|August|September|October|November|December'.split('|');
const PLACES =
  'under the stairs|in the attic|behind the blue curtain|in the garage|on the top shelf|at the neighbour’s|in the cellar|next to the oven'.split(
    '|',
  );
const SHOPS = 'the flea market|an auction|the shop on Mill Lane|a catalogue|my uncle|the hardware store'.split('|');
const COLOURS = 'dark green|cream|bright red|silver|navy blue|yellow|brown|turquoise'.split('|');

type Maker = { fact: (of: string, random: Random) => string; ask: readonly ((of: string) => string)[] };
type Random = { pick<T>(list: readonly T[]): T; whole(from: number, to: number): number };

/** Every question avoids the words of its fact, but for the name. */
const ABOUT_PEOPLE: readonly Maker[] = [
  {
    fact: (who, r) => `${who}'s birthday is on ${r.pick(MONTHS)} ${r.whole(1, 28)}.`,
    ask: [(who) => `When was ${who} born?`, (who) => `On which date does ${who} turn a year older?`],
  },
  {
    fact: (who, r) => `${who} lives in ${r.pick(TOWNS)}.`,
    ask: [(who) => `What town is home for ${who}?`, (who) => `Where would I send a letter to reach ${who}?`],
  },
  {
    fact: (who, r) => `${who} is ${r.pick(JOBS)}.`,
    ask: [(who) => `What does ${who} do for a living?`, (who) => `Remind me of ${who}'s profession.`],
  },
  {
    fact: (who, r) => `The favourite dish of ${who} is ${r.pick(DISHES)}.`,
    ask: [(who) => `What should I cook when ${who} visits?`, (who) => `Which meal does ${who} enjoy most?`],
  },
  {
    fact: (who, r) =>
      `${who} is allergic to ${r.pick(['walnuts', 'cats', 'penicillin', 'pollen', 'shellfish', 'wool'])}.`,
    ask: [
      (who) => `What must ${who} stay away from for health reasons?`,
      (who) => `Is there anything that makes ${who} sneeze or ill?`,
    ],
  },
  {
    fact: (who, r) => `${who} spends every Saturday on ${r.pick(HOBBIES)}.`,
    ask: [(who) => `How does ${who} pass the weekend?`, (who) => `What is ${who}'s pastime?`],
  },
  {
    fact: (who, r) =>
      `${who} drives a ${r.pick(['white Volvo', 'red Fiat', 'grey van', 'blue Saab', 'small Renault', 'black Skoda'])}.`,
    ask: [(who) => `Which car belongs to ${who}?`, (who) => `What vehicle does ${who} own?`],
  },
  {
    fact: (who, r) => `The telephone number of ${who} ends in ${r.whole(1000, 9999)}.`,
    ask: [(who) => `How do I ring ${who}?`, (who) => `Which digits do I dial to call ${who}?`],
  },
  {
    fact: (who, r) => `${who} owes me ${r.whole(5, 90)} euros.`,
    ask: [(who) => `How much money will I get back from ${who}?`, (who) => `What is ${who}'s debt to me?`],
  },
  {
    fact: (who, r) => `${who} wears shoes of size ${r.whole(36, 47)}.`,
    ask: [(who) => `How large are ${who}'s feet?`, (who) => `Which boots would fit ${who}?`],
  },
  {
    fact: (who, r) => `${who} got married in ${r.whole(1961, 2019)}.`,
    ask: [(who) => `What year was ${who}'s wedding?`, (who) => `Since when does ${who} have a spouse?`],
  },
  {
    fact: (who, r) =>
      `${who} has ${r.pick(['two cats', 'an old dog', 'three hens', 'a parrot', 'a tortoise', 'a pony'])}.`,
    ask: [(who) => `What animals does ${who} keep?`, (who) => `Which pets are at ${who}'s place?`],
  },
  {
    fact: (who, r) => `${who} takes the train at ${r.whole(6, 9)}:${r.whole(10, 59)} every morning.`,
    ask: [(who) => `When does ${who} leave for work by rail?`, (who) => `What time must ${who} be at the station?`],
  },
];
const ABOUT_THINGS: readonly Maker[] = [
  {
    fact: (it, r) => `The ${it} is kept ${r.pick(PLACES)}.`,
    ask: [(it) => `Where can I find the ${it}?`, (it) => `I am looking for the ${it}, which spot is it in?`],
  },
  {
    fact: (it, r) => `We bought the ${it} from ${r.pick(SHOPS)}.`,
    ask: [(it) => `Who sold us the ${it}?`, (it) => `How did we come by the ${it}?`],
  },
  {
    fact: (it, r) => `The ${it} cost ${r.whole(12, 900)} euros.`,
    ask: [(it) => `How much did we pay for the ${it}?`, (it) => `What was the price of the ${it}?`],
  },
  {
    fact: (it, r) => `The ${it} was last repaired in ${r.pick(MONTHS)} ${r.whole(2015, 2025)}.`,
    ask: [(it) => `When did somebody mend the ${it}?`, (it) => `How long ago was the ${it} fixed?`],
  },
  {
    fact: (it, r) => `The ${it} is painted ${r.pick(COLOURS)}.`,
    ask: [(it) => `What colour is the ${it}?`, (it) => `How does the ${it} look, which shade?`],
  },
  {
    fact: (it, r) => `${r.pick(PEOPLE)} borrowed the ${it}.`,
    ask: [(it) => `Who has the ${it} at present?`, (it) => `To whom did we lend the ${it}?`],
  },
  {
    fact: (it, r) => `The warranty of the ${it} ends in ${r.whole(2026, 2033)}.`,
    ask: [(it) => `Until when is the ${it} guaranteed?`, (it) => `How long would a repair of the ${it} be free?`],
  },
  {
    fact: (it, r) => `The ${it} must be cleaned every ${r.whole(2, 11)} weeks.`,
    ask: [(it) => `How often does the ${it} need a wash?`, (it) => `What is the interval for scrubbing the ${it}?`],
  },
  {
    fact: (it, r) => `The ${it} weighs ${r.whole(2, 80)} kilograms.`,
    ask: [(it) => `How heavy is the ${it}?`, (it) => `Can I lift the ${it} by myself?`],
  },
  {
    fact: (it, r) => `The instructions of the ${it} are in the ${r.pick(['red', 'green', 'black', 'grey'])} folder.`,
    ask: [
      (it) => `Where is the manual for the ${it}?`,
      (it) => `I need the handbook of the ${it}, where did we file it?`,
    ],
  },
  {
    fact: (it, r) =>
      `The ${it} makes a noise when ${r.pick(['it is cold', 'it rains', 'the window is open', 'it is full', 'it starts'])}.`,
    ask: [(it) => `In which situation is the ${it} loud?`, (it) => `Why might I hear the ${it}?`],
  },
  {
    fact: (it, r) => `A spare part for the ${it} has the number ${r.whole(10_000, 99_999)}.`,
    ask: [
      (it) => `What do I order to replace a piece of the ${it}?`,
      (it) => `Which code identifies a component of the ${it}?`,
    ],
  },
];

/** Marsaglia's xorshift32. */
function seeded(seed: number): Random {
  let x = seed | 0 || 1;
  const next = (): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
  const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return { whole, pick: (list) => list[whole(0, list.length - 1)] as never };
}

/** 1 000 facts of a household, and 200 questions for some of them in other words: always the same for a seed. */
export function recallSet(seed = 1): { facts: string[]; questions: Pair[] } {
  const random = seeded(seed);
  const all = [
    ...PEOPLE.flatMap((who) => ABOUT_PEOPLE.map((maker) => make(maker, who, random))),
    ...THINGS.flatMap((it) => ABOUT_THINGS.map((maker) => make(maker, it, random))),
  ];
  const drawn = shuffled(all, random).slice(0, 1000);
  return { facts: drawn.map(({ fact }) => fact), questions: shuffled(drawn, random).slice(0, 200) };
}

const make = ({ fact, ask }: Maker, of: string, random: Random): Pair => ({
  fact: fact(of, random),
  question: random.pick(ask)(of),
});

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.whole(0, i);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}

/** Talk that no fact bears on. */
export const CHAT: readonly string[] = [
  'How are you today?',
  'Tell me a joke.',
  'What is the capital of France?',
  'How many bytes has a kilobyte?',
  'Set a timer for five minutes.',
  'What time is it?',
  'Thank you very much.',
  'Who wrote Hamlet?',
  'What is seven times eight?',
  'Is it going to rain?',
  'Sing me a song.',
  'How far away is the moon?',
  'What is photosynthesis?',
  'Good night.',
  'Translate hello into Spanish.',
  'Why is the sky blue?',
  'Stop talking.',
  'What is the largest ocean?',
  'Explain gravity.',
  'Speak a little slower.',
];

/** What people say of themselves, and questions for it in other words. */
export const ABOUT_ONESELF: readonly Pair[] = [
  { fact: 'I live in Bonn.', question: 'Where do I live?' },
  { fact: 'I moved to Hamburg.', question: 'Where is my home?' },
  { fact: 'My name is Anna.', question: 'Who am I?' },
  { fact: 'I hate coriander.', question: 'What food do I dislike?' },
  { fact: "I'm allergic to peanuts.", question: 'What should I not eat?' },
  { fact: "My daughter's birthday is the third of May.", question: 'When was my girl born?' },
  { fact: 'I like jazz.', question: 'What music should you play for me?' },
  { fact: 'I work as a nurse.', question: 'What is my job?' },
  { fact: 'I have two daughters.', question: 'How many children do I have?' },
  { fact: 'My shoe size is 43.', question: 'Which boots fit me?' },
  { fact: 'I drive a blue Volvo.', question: 'What car do I have?' },
  { fact: 'We have a dog called Rex.', question: 'What is the name of our pet?' },
  { fact: "I'm vegetarian.", question: 'Suggest a dinner for me.' },
  { fact: "I'm 72 years old.", question: 'How old am I?' },
  { fact: 'My favourite colour is green.', question: 'Which shade do I like best?' },
  { fact: 'My dentist is Doctor Weber.', question: 'Who looks after my teeth?' },
];
