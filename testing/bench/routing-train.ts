/** Learns the router's weights from the labelled sentences and writes them: `node testing/dist/bench/routing-train.js [FILE]`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Classifier } from '@twin/pipecat-app/experts/routing/classifier.js';
import { readLabelled, split } from '@twin/pipecat-app/experts/routing/labelled.js';
import { TRAINING, type TrainOptions, train } from '@twin/pipecat-app/experts/routing/train.js';

const ours = (file: string): string => fileURLToPath(new URL(`../../../${file}`, import.meta.url));
const FOLDS = 5;

const sets = split(readLabelled(ours('pipecat-app/src/experts/routing/labelled')));
const rightOf = (classifier: Classifier, on: typeof sets.train): number =>
  on.filter(({ text, persona }) => classifier.classify(text)[0]?.persona === persona).length;

/** Part of the sentences to learn from that is known when it is left out. The held-out ones are not looked at. */
function crossValidated(options: TrainOptions): number {
  let right = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    const rest = sets.train.filter((_, i) => i % FOLDS !== fold);
    right += rightOf(
      new Classifier(train(rest, options)),
      sets.train.filter((_, i) => i % FOLDS === fold),
    );
  }
  return right / sets.train.length;
}

const file = process.argv[2] ?? ours('prompts/routing.json');
writeFileSync(file, `${JSON.stringify(train(sets.train), null, 2)}\n`);
const percent = (100 * crossValidated(TRAINING)).toFixed(1);
console.log(
  `learned from ${sets.train.length} sentences; ${percent} % known in ${FOLDS}-fold cross-validation; wrote ${file}`,
);
