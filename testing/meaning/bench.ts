/** What the unseen sentences are taken for, and how fast: `npm run bench:meaning [-- --second] [-- --misses]`; `--second` takes
 * `unseen2-*` in place of `unseen-*`. Each run is a look at them: docs/decisions/meaning.md counts. */

import { type Labelled, sameMeaning } from '@twin/pipecat-app/mind/meaning/labelled.js';
import { Meaning, type Meant } from '@twin/pipecat-app/mind/meaning/meaning.js';
import { MethodMeanings } from '@twin/pipecat-app/mind/method-meanings.js';
import { SentenceVectors } from '@twin/pipecat-app/mind/sentence-vectors.js';
import { quantile } from '../bench/quantiles.js';
import { everyMethod, ours, reflex, sentences, shippedEmbedder, unseenSentences } from './set.js';

const { signal } = new AbortController();
const embedder = shippedEmbedder();
await embedder.start(signal);
const methods = await everyMethod();
const templates = reflex();
const vectors = new SentenceVectors(embedder, undefined, ours('prompts/meaning-vectors.bin'));
const registry = { names: () => methods.map(({ name }) => name), list: () => methods };
const meaning = new Meaning({ embedder, vectors, registry, file: ours('prompts/meaning.json') });
const { learn, validation } = sentences();
const { unseen, byTemplate, alike } = unseenSentences(process.argv.includes('--second') ? 'unseen2-' : 'unseen-');

const started = performance.now();
await meaning.of('are the examples there', templates, signal);
await vectors.ready();
await meaning.of('are the examples there', templates, signal);
console.log(`examples embedded and learned from: ${((performance.now() - started) / 1000).toFixed(1)} s`);

const times: number[] = [];
const results: { one: Labelled; meant: Meant }[] = [];
for (const one of unseen) {
  const before = performance.now();
  results.push({ one, meant: await meaning.of(one.text, templates, signal) });
  times.push(performance.now() - before);
}

const callsOf = (meant: Meant): { call: string; args: Record<string, unknown> }[] => {
  const commands = meant.kind === 'act' ? meant.commands : meant.kind === 'ask' ? [meant.command] : [];
  return commands.map(({ call, args, reply }) => ({ call: call ?? `=${reply}`, args }));
};
const isRight = ({ one, meant }: (typeof results)[number]): boolean => {
  const calls = callsOf(meant);
  return calls.length === one.meant.length && calls.every((call, i) => sameMeaning(call, one.meant[i] ?? call));
};
const kindIs = (kind: Meant['kind']) => (it: (typeof results)[number]) => it.meant.kind === kind;
const percent = (part: number, of: readonly unknown[]): string =>
  `${((100 * part) / of.length).toFixed(1)} % of ${of.length}`;
function tell(what: string, of: typeof results): void {
  const acted = of.filter(kindIs('act'));
  const asked = of.filter(kindIs('ask'));
  console.log(
    `${what}: done right ${percent(acted.filter(isRight).length, of)}, something else done ${percent(acted.filter((it) => !isRight(it)).length, of)}, ` +
      `asked back rightly ${percent(asked.filter(isRight).length, of)}, wrongly ${percent(asked.filter((it) => !isRight(it)).length, of)}`,
  );
}
console.log(
  `${learn.length + validation.length} sentences learned from, ${unseen.length} unseen; ${byTemplate} more fit a template, ${alike} are learned from word for word`,
);
tell(
  'one command',
  results.filter(({ one }) => one.meant.length === 1),
);
const sensitive = new Set(methods.filter(({ risk }) => risk === 'sensitive').map(({ name }) => name));
const isGated = ({ one }: (typeof results)[number]): boolean => sensitive.has(one.meant[0]?.call ?? '');
tell(
  'of those, without consent',
  results.filter((it) => it.one.meant.length === 1 && !isGated(it)),
);
tell(
  'of those, asked consent for',
  results.filter((it) => it.one.meant.length === 1 && isGated(it)),
);
const talk = results.filter(({ one }) => one.meant.length === 0);
console.log(
  `conversation: taken for a command ${percent(talk.filter(kindIs('act')).length, talk)}, asked back about ${percent(talk.filter(kindIs('ask')).length, talk)}`,
);
console.log(`a decision: p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`);

/** Whether the wanted method is among the four that a model is told of, and how often conversation is told of one. */
const meanings = new MethodMeanings({ embedder, vectors, methods: () => methods });
await meanings.prepare(signal);
const MOST = 4;
const natural = learn.filter((one) => one.natural);
for (const least of [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]) {
  const share = async (of: readonly Labelled[], is: (calls: string[], one: Labelled) => boolean): Promise<string> => {
    let count = 0;
    for (const one of of) {
      const near = (await meanings.nearest(one.text, signal)).filter(({ score }) => score >= least).slice(0, MOST);
      if (
        is(
          near.map(({ call }) => call),
          one,
        )
      )
        count++;
    }
    return percent(count, of);
  };
  const wanting = natural.filter(({ meant }) =>
    methods.some(({ name, marked }) => marked?.length && name === meant[0]?.call),
  );
  const chatting = natural.filter(({ meant }) => meant.length === 0);
  console.log(
    `tools from ${least}: wanted method offered to ${await share(wanting, (calls, { meant }) => calls.includes(meant[0]?.call ?? ''))}, any tool to ${await share(chatting, (calls) => calls.length > 0)} of conversation`,
  );
}
if (process.argv.includes('--misses')) {
  for (const it of results.filter((one) => !isRight(one) || one.meant.kind !== 'act')) {
    if (it.one.meant.length === 0 && it.meant.kind === 'none') continue;
    console.log(
      `${it.meant.kind} ${it.one.text} | ${JSON.stringify(it.one.meant)} | ${JSON.stringify(callsOf(it.meant))}`,
    );
  }
}
await embedder.close();
