/** Learns when a sentence is a command by its meaning and writes it: `npm run fit:meaning`. Held-out sentences are not looked at. `--misses` lists
 * what would go wrong in cross-validation. */
import { writeFileSync } from 'node:fs';
import type { Candidate } from '@twin/pipecat-app/mind/meaning/evidence.js';
import { type MeaningFile, probability } from '@twin/pipecat-app/mind/meaning/meaning-file.js';
import { targetsOf } from '@twin/pipecat-app/mind/meaning/targets.js';
import { SentenceVectors } from '@twin/pipecat-app/mind/sentence-vectors.js';
import { FOLDS, type Judged, judgedApart } from './judged.js';
import { learn } from './learn.js';
import { everyMethod, ours, reflex, sentences, shippedEmbedder } from './set.js';

/** Most conversation, of that to learn from, that may be acted on and asked back about. */
const TALK_ACTED = 0.02;
const TALK_ASKED = 0.08;

const { signal } = new AbortController();
const { train, more } = sentences();
const embedder = shippedEmbedder();
await embedder.start(signal);
const vectors = new SentenceVectors(embedder);
const targets = targetsOf(reflex().commands(), await everyMethod());
const { all, learned: compared } = await judgedApart([...train, ...more], { targets, vectors, embedder });
await embedder.close();

const cases = (of: readonly Judged[]) => of.flatMap(({ candidates }) => candidates);
const whatOf = ({ target, filling }: Candidate): string =>
  `${target.call ?? target.reply} ${JSON.stringify(filling.args)}`;
/** Of each sentence its best candidate, by weights that were learned without it. */
const best = Array.from({ length: FOLDS }, (_, fold) => {
  const learned = learn(cases(all.filter((_one, i) => i % FOLDS !== fold)));
  return all
    .filter((_one, i) => i % FOLDS === fold)
    .map(({ one, candidates }) => {
      const rated = candidates.map((it) => ({
        p: probability(it.candidate.evidence, learned),
        right: it.right,
        what: whatOf(it.candidate),
      }));
      return { one, ...(rated.sort((a, b) => b.p - a.p)[0] ?? { p: 0, right: false, what: '' }) };
    });
}).flat();
/** Thresholds are of the training split alone: what was written to be mistaken would make them too high. */
const split = best.filter(({ one }) => train.includes(one));
const ofTalk = split.filter(({ one }) => one.meant.length === 0).map(({ p }) => p);
const ofCommands = split.filter(({ one }) => one.meant.length === 1);

/** The least probability that at most `share` of the conversation reaches. */
function leastFor(share: number): number {
  const sorted = [...ofTalk].sort((a, b) => b - a);
  return Math.ceil(((sorted[Math.floor(share * sorted.length)] ?? 0) + 1e-6) * 1000) / 1000;
}
const file: MeaningFile = {
  ...learn(cases(all)),
  act: leastFor(TALK_ACTED),
  ask: leastFor(TALK_ASKED),
  ...compared,
};
if (process.argv.includes('--misses')) {
  const lost = best.filter(({ one, p, right }) => (one.meant.length === 1 ? !right || p < file.act : p >= file.ask));
  for (const { one, p, right, what } of lost.sort((x, y) => y.p - x.p))
    console.log(`${p.toFixed(2)} ${right} ${one.text} | ${JSON.stringify(one.meant)} | ${what}`);
}
for (const least of [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]) {
  const share = (of: typeof best, is: (one: (typeof best)[number]) => boolean) =>
    ((100 * of.filter((one) => one.p >= least && is(one)).length) / of.length).toFixed(1);
  console.log(
    `from ${least}: right ${share(ofCommands, (one) => one.right)} %, wrong ${share(ofCommands, (one) => !one.right)} %, talk ${((100 * ofTalk.filter((p) => p >= least).length) / ofTalk.length).toFixed(1)} %`,
  );
}
const path = ours('prompts/meaning.json');
writeFileSync(path, `${JSON.stringify(file, null, 2)}\n`);
const right = ofCommands.filter((one) => one.right && one.p >= file.act).length;
console.log(
  `${best.length} sentences to learn from, ${targets.length} targets; in ${FOLDS}-fold cross-validation ` +
    `${((100 * right) / ofCommands.length).toFixed(1)} % of the commands done right; act from ${file.act}, ask from ${file.ask}; wrote ${path}`,
);
