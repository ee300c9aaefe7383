/** Learns when a sentence is a command by its meaning and writes it: `npm run fit:meaning`. Held-out sentences are not looked at. */
import { writeFileSync } from 'node:fs';
import { FEATURES } from '@twin/pipecat-app/mind/meaning/evidence.js';
import type { MeaningFile } from '@twin/pipecat-app/mind/meaning/meaning-file.js';
import { plainWords, sentencesOf } from '@twin/pipecat-app/mind/meaning/meaning-index.js';
import { targetsOf } from '@twin/pipecat-app/mind/meaning/targets.js';
import { SentenceVectors } from '@twin/pipecat-app/mind/sentence-vectors.js';
import { type Judged, judged } from './judged.js';
import { learn, probabilityOf } from './logistic.js';
import { everyMethod, ours, reflex, sentences, shippedEmbedder } from './set.js';

const L2 = 0.003;
const FOLDS = 5;
/** Most conversation, of that to learn from, that may be acted on and asked back about. */
const TALK_ACTED = 0.015;
const TALK_ASKED = 0.05;

const { signal } = new AbortController();
const { train } = sentences();
const embedder = shippedEmbedder();
await embedder.start(signal);
const vectors = new SentenceVectors(embedder);
const targets = targetsOf(reflex().commands(), await everyMethod());
const talk = [...new Set(train.filter(({ meant }) => meant.length === 0).map(({ text }) => plainWords(text)))];
await vectors.prepare(sentencesOf(targets, talk), signal);
const all = await judged(train, { targets, talk, vectorOf: (text) => vectors.get(text), embedder });
await embedder.close();

const cases = (of: readonly Judged[]) => of.flatMap(({ candidates }) => candidates);
/** Of each sentence its best candidate, by weights that were learned without it. */
const best = Array.from({ length: FOLDS }, (_, fold) => {
  const learned = learn(cases(all.filter((_one, i) => i % FOLDS !== fold)), L2);
  return all
    .filter((_one, i) => i % FOLDS === fold)
    .map(({ one, candidates }) => {
      const rated = candidates.map((it) => ({ p: probabilityOf(learned, it.x), right: it.right }));
      return { one, ...(rated.sort((a, b) => b.p - a.p)[0] ?? { p: 0, right: false }) };
    });
}).flat();
const ofTalk = best.filter(({ one }) => one.meant.length === 0).map(({ p }) => p);
const ofCommands = best.filter(({ one }) => one.meant.length === 1);

/** The least probability that at most `share` of the conversation reaches. */
function leastFor(share: number): number {
  const sorted = [...ofTalk].sort((a, b) => b - a);
  return Math.ceil(((sorted[Math.floor(share * sorted.length)] ?? 0) + 1e-6) * 1000) / 1000;
}

const { bias, weights } = learn(cases(all), L2);
const rounded = (value: number): number => Math.round(value * 1000) / 1000;
const file: MeaningFile = {
  bias: rounded(bias),
  weights: Object.fromEntries(FEATURES.map((name, k) => [name, rounded(weights[k] ?? 0)])) as MeaningFile['weights'],
  act: leastFor(TALK_ACTED),
  ask: leastFor(TALK_ASKED),
  talk,
};
const path = process.argv[2] ?? ours('prompts/meaning.json');
writeFileSync(path, `${JSON.stringify(file, null, 2)}\n`);
const right = ofCommands.filter((one) => one.right && one.p >= file.act).length;
console.log(
  `${train.length} sentences to learn from, ${targets.length} targets; in ${FOLDS}-fold cross-validation ` +
    `${((100 * right) / ofCommands.length).toFixed(1)} % of the commands done right; act from ${file.act}, ask from ${file.ask}; wrote ${path}`,
);
