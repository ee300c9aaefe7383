import { LongTermMemory } from '@twin/pipecat-app/memory/long-term.js';
import type { LongTermOptions } from '@twin/pipecat-app/memory/long-term.types.js';
import { MINIMUM_SCORE } from '@twin/pipecat-app/memory/minimum-score.js';
import { relevance } from '@twin/pipecat-app/memory/relevance.js';
import { type Pair, recallSet } from './recall-set.js';
import { type RecallSide, recallSplit } from './recall-split.js';

type Rates = { recall: number; talk: number };

/**
 * What the memory recalls of sentences that nothing was learned from: of questions in other words the right fact, and of
 * talk that no fact bears on anything at all. Once with those facts alone, once among a thousand others.
 */
export async function heldOutRecall(options: LongTermOptions, say: (line: string) => void): Promise<void> {
  const { heldOut, train } = recallSplit();
  const never = new AbortController().signal;
  const memory = new LongTermMemory({ ...options, minimumScore: 0 });
  await memory.start(never);
  try {
    for (const { fact } of heldOut.pairs) await memory.remember(fact, 'told', never);
    say(`held out: ${heldOut.pairs.length} facts and questions, ${heldOut.chat.length} sentences of talk`);
    curve(await answers(memory, options, heldOut), `${heldOut.pairs.length} facts`, say);
    for (const fact of recallSet().facts) await memory.remember(fact, 'told', never);
    curve(await answers(memory, options, heldOut), `${heldOut.pairs.length + 1000} facts`, say);
    say(`(learned from: ${train.pairs.length} facts and questions, ${train.chat.length} sentences of talk)`);
  } finally {
    await memory.close();
  }
}

type Answers = { right: number[]; questions: number; talk: number[] };

/** How relevant the right fact was held for each question that found it among four, and the best for each piece of talk. */
async function answers(memory: LongTermMemory, { embedder }: LongTermOptions, side: RecallSide): Promise<Answers> {
  const never = new AbortController().signal;
  const recalled = async (text: string) => {
    const [vector] = await embedder.embed([text], never);
    const hits = await memory.recall(text, never);
    return hits.map((hit) => ({ text: hit.text, likely: relevance(text, vector as Float32Array, hit.score) }));
  };
  const right: number[] = [];
  for (const { fact, question } of side.pairs as Pair[]) {
    const hit = (await recalled(question)).find(({ text }) => text === fact);
    if (hit) right.push(hit.likely);
  }
  const talk: number[] = [];
  for (const text of side.chat) talk.push(Math.max(0, ...(await recalled(text)).map(({ likely }) => likely)));
  return { right, questions: side.pairs.length, talk };
}

function curve({ right, questions, talk }: Answers, over: string, say: (line: string) => void): void {
  const at = (least: number): Rates => ({
    recall: right.filter((likely) => likely >= least).length / questions,
    talk: talk.filter((likely) => likely >= least).length / talk.length,
  });
  for (const least of [0, 0.2, 0.3, MINIMUM_SCORE, 0.5, 0.6, 0.7]) {
    const { recall, talk: wrong } = at(least);
    const chosen = least === MINIMUM_SCORE ? ' (chosen)' : '';
    say(
      `  over ${over}, minimum ${least}${chosen}: recall@4 ${recall.toFixed(3)}, talk that recalls something ${wrong.toFixed(3)}`,
    );
  }
}
