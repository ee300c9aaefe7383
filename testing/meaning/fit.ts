/** Learns when a sentence is a command by its meaning. `npm run fit:meaning` learns from all sentences but the unseen ones and writes
 * `prompts/meaning.json` and the vectors of its sentences; `npm run fit:meaning -- --validate` leaves the validation sentences out, tells what they are taken for, and
 * writes nothing. `--misses` lists what would go wrong in cross-validation. Unseen sentences are not looked at. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MeaningFile } from '@twin/pipecat-app/mind/meaning/meaning-file.js';
import { type Learned, plainWords, sentencesOf } from '@twin/pipecat-app/mind/meaning/meaning-index.js';
import { targetsOf } from '@twin/pipecat-app/mind/meaning/targets.js';
import { methodSentences } from '@twin/pipecat-app/mind/method-meanings.js';
import { SentenceVectors } from '@twin/pipecat-app/mind/sentence-vectors.js';
import { writeVectors } from '@twin/pipecat-app/mind/vector-file.js';
import { FOLDS, indexOf, type Judged, judged, judgedApart } from './judged.js';
import { keeping } from './keeping.js';
import { learn } from './learn.js';
import { acts, type Best, bestOf, classes, leastFor, outcome } from './outcome.js';
import { everyMethod, ours, phrasings, reflex, sentences, shippedEmbedder } from './set.js';

/** Most conversation, of that to learn from, that may be acted on and asked back about. */
const TALK_ACTED = 0.02;
const TALK_ASKED = 0.08;

const validate = process.argv.includes('--validate');
const { learn: toLearn, validation } = sentences();
const { signal } = new AbortController();
const shipped = shippedEmbedder();
await shipped.start(signal);
const embedder = await keeping(shipped, join(tmpdir(), 'twin-fit-vectors.bin'));
const vectors = new SentenceVectors(embedder);
const examples = phrasings();
const methods = await everyMethod();
const targets = targetsOf(reflex().commands(), methods, examples);
const source = validate ? toLearn : [...toLearn, ...validation];
const { all, learned: compared } = await judgedApart(source, { targets, vectors, embedder });

const cases = (of: readonly Judged[]) => of.flatMap(({ candidates }) => candidates);
/** Of each sentence its best candidate, by weights that were learned without it. */
const best: Best[] = Array.from({ length: FOLDS }, (_, fold) => {
  const learned = learn(cases(all.filter((one) => one.fold !== fold)));
  return bestOf(
    all.filter((one) => one.fold === fold),
    learned,
  );
}).flat();
/** Thresholds are not of what was written to be mistaken, which would make them too high. */
const natural = new Set(source.filter((one) => one.natural).map(({ text }) => text));
const split = best.filter(({ one }) => natural.has(one.text));
const thresholds = leastFor(split, { acted: TALK_ACTED, asked: TALK_ASKED });
const file: MeaningFile = { ...learn(cases(all)), ...thresholds, examples, ...compared };

console.log(
  `${source.length} sentences to learn from, ${targets.length} targets; cross-validated, ${split.length} natural ones:`,
);
console.log(outcome(split, file));
console.log(classes(split, file));
if (validate) {
  const index = await indexOf({ targets, vectors }, { said: file.said, talk: file.talk.map(plainWords) });
  const its = bestOf(await judged(validation, index, embedder), file);
  console.log(`validation, ${its.length}:`);
  console.log(outcome(its, file));
  console.log(classes(its, file));
  if (process.argv.includes('--misses')) list(its);
} else {
  writeFileSync(ours('prompts/meaning.json'), `${JSON.stringify(file, null, 1)}\n`);
  await shipVectors({ said: file.said, talk: file.talk.map(plainWords) });
}
if (process.argv.includes('--misses') && !validate) list(split);
await embedder.keep();
await shipped.close();

/** Writes the vectors of every sentence that a fresh agent compares with, so that its first start embeds none of them. */
async function shipVectors(learned: Learned): Promise<void> {
  const sentences = new Set([...sentencesOf(targets, learned), ...methods.flatMap(methodSentences)]);
  const its = [...sentences].sort();
  const known = await embedder.embed(its, signal);
  const map = new Map(its.map((text, i) => [text, known[i] as Float32Array]));
  await writeVectors(ours('prompts/meaning-vectors.bin'), embedder.id, map, 'bytes');
  console.log(`${its.length} vectors written`);
}

function list(of: readonly Best[]): void {
  const lost = of.filter((it) =>
    it.one.meant.length === 1 ? !it.right || !acts(it, file) : acts(it, file) || it.p >= file.ask,
  );
  for (const { one, p, right, what } of [...lost].sort((x, y) => y.p - x.p))
    console.log(`${p.toFixed(2)} ${right} ${one.text} | ${JSON.stringify(one.meant)} | ${what}`);
}
