/**
 * Learns how likely a fact bears on a sentence from the sentences that are not held out, and writes
 * `pipecat-app/src/memory/question-weights.ts`: `node testing/dist/bench/recall-train.js`.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '@twin/pipecat-app/config.js';
import { readLabelled } from '@twin/pipecat-app/experts/routing/labelled.js';
import { GgufEmbedder } from '@twin/pipecat-app/memory/gguf-embedder.js';
import { speaksOfOneself } from '@twin/pipecat-app/memory/relevance.js';
import { findModel, loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { dot, type Example, logistic } from './logistic.js';
import { ABOUT_ONESELF, CHAT, recallSet } from './recall-set.js';
import { recallSplit } from './recall-split.js';
import { ROOT } from './servers.js';

const MODEL = 'all-minilm-l6-v2';
const FOLDS = 5;
/** A sentence this near to a held-out one says the same, and is not learned from. */
const SAME = 0.85;
/** Makes the numbers of a vector, about 0.05 each, as large as the other features. */
const STRETCH = 4;
const QUESTIONS = { ridge: 0.001, steps: 400, rate: 4 };
const FACTS = { ridge: 0.0005, steps: 20_000, rate: 0.5 };

const { train, heldOut } = recallSplit();
const household = recallSet();
const linesOf = (file: string): string[] =>
  readFileSync(join(ROOT, 'pipecat-app', 'src', file), 'utf8')
    .split('\n')
    .filter(Boolean);
/** What people say to an agent that has nothing to do with their own lives. */
const general = [
  ...readLabelled(join(ROOT, 'pipecat-app', 'src', 'experts', 'routing', 'labelled')).map(({ text }) => text),
  ...linesOf('mind/reflex/labelled/conversation.txt'),
  ...linesOf('mind/reflex/labelled/commands.tsv').map((line) => line.split('\t')[0] ?? ''),
  ...CHAT,
];

const config = readConfig();
const { file } = findModel(loadCatalogue(), 'all-minilm-l6-v2-q8_0');
const embedder = new GgufEmbedder(async () => ({ id: MODEL, path: join(config.TWIN_MODELS, file) }));
const vectors = new Map<string, Float32Array>();
async function learnVectors(texts: readonly string[]): Promise<void> {
  const found = await embedder.embed(texts, new AbortController().signal);
  for (const [i, text] of texts.entries()) vectors.set(text, found[i] as Float32Array);
}
const vectorOf = (text: string): Float32Array => vectors.get(text) ?? new Float32Array();
const featuresOf = (text: string): number[] => [
  ...Array.from(vectorOf(text), (value) => STRETCH * value),
  speaksOfOneself(text),
  1,
];

const questions = train.pairs.map(({ question }) => question);
const facts = [...household.facts, ...train.pairs.map(({ fact }) => fact)];
const others = [...household.questions, ...ABOUT_ONESELF].map(({ question }) => question);
const tested = [...heldOut.chat, ...heldOut.pairs.map(({ question }) => question)];
await learnVectors([...new Set([...questions, ...train.chat, ...facts, ...others, ...tested, ...general])]);
await embedder.close();

const distinct = general.filter((text) => tested.every((other) => dot(vectorOf(text), vectorOf(other)) <= SAME));
const example = (text: string, y: 0 | 1, weight: number): Example => ({ x: featuresOf(text), y, weight });
/** Tells sentences about one's own world from others. */
function learnQuestions(own: readonly string[], chat: readonly string[]): number[] {
  const household = others.map((text) => example(text, 1, 0.5));
  const rest = distinct.map((text) => example(text, 0, 0.25));
  const both = [...own.map((text) => example(text, 1, 1)), ...chat.map((text) => example(text, 0, 1))];
  return logistic([...both, ...household, ...rest], QUESTIONS);
}

/** What a sentence scores by weights that were learned without it. */
const scores = new Map<string, number>();
const foldOf = (text: string): number => (createHash('sha256').update(text).digest()[1] ?? 0) % FOLDS;
for (let fold = 0; fold < FOLDS; fold++) {
  const rest = (text: string): boolean => foldOf(text) !== fold;
  const weights = learnQuestions(questions.filter(rest), train.chat.filter(rest));
  for (const text of [...questions, ...train.chat].filter((one) => !rest(one)))
    scores.set(text, dot(weights, featuresOf(text)));
}
const nearest = (text: string, among: readonly string[]) =>
  among
    .map((fact) => ({ fact, cosine: dot(vectorOf(text), vectorOf(fact)) }))
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, 4);
const logit = (text: string, cosine: number): number[] => [1, cosine, scores.get(text) ?? 0];
const own = train.pairs.map(({ fact }) => fact);
const examples = [own, facts].flatMap((among) => [
  ...train.pairs.flatMap(({ fact, question }) => {
    const hit = nearest(question, among).find((one) => one.fact === fact);
    return hit ? [{ x: logit(question, hit.cosine), y: 1 as const, weight: 1 }] : [];
  }),
  ...train.chat.map((text) => ({ x: logit(text, nearest(text, among)[0]?.cosine ?? 0), y: 0 as const, weight: 1 })),
]);
const [base = 0, nearness = 0, share = 0] = logistic(examples, FACTS);

for (let percent = 20; percent <= 70; percent += 5) {
  const least = percent / 100;
  const bears = (text: string, cosine: number): boolean =>
    1 / (1 + Math.exp(-dot([base, nearness, share], logit(text, cosine)))) >= least;
  const rates = [own, facts].map((among) => {
    const found = train.pairs.filter(({ fact, question }) =>
      nearest(question, among).some((one) => one.fact === fact && bears(question, one.cosine)),
    );
    const wrong = train.chat.filter((text) => bears(text, nearest(text, among)[0]?.cosine ?? 0));
    return `recall@4 ${(found.length / train.pairs.length).toFixed(3)}, talk that recalls ${(wrong.length / train.chat.length).toFixed(3)} over ${among.length} facts`;
  });
  console.log(`minimum ${least.toFixed(2)}: ${rates.join('; ')}`);
}

const weights = learnQuestions(questions, train.chat).map((weight) => weight * share);
const [own1 = 0, bias = 0] = weights.splice(-2);
const stretched = weights.map((weight) => weight * STRETCH);
const scale = Math.max(...stretched.map(Math.abs)) / 127;
const bytes = Buffer.from(Int8Array.from(stretched, (weight) => Math.round(weight / scale)).buffer).toString('base64');
const target = join(ROOT, 'pipecat-app', 'src', 'memory', 'question-weights.ts');
const rounded = (value: number): number => Number(value.toPrecision(6));
writeFileSync(
  target,
  `/** What \`relevance\` learned: written by \`testing/bench/recall-train.ts\`. One signed byte per number of a vector, each worth \`scale\`. */
export const QUESTION_WEIGHTS = {
  model: '${MODEL}',
  cosine: ${rounded(nearness)},
  own: ${rounded(own1)},
  bias: ${rounded(base + bias)},
  scale: ${rounded(scale)},
  weights:
    '${bytes}',
};
`,
);
console.log(
  `learned from ${questions.length} questions and ${train.chat.length} sentences of talk, ${others.length} and ${distinct.length} others; wrote ${target}`,
);
