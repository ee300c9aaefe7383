import { answered, type Experts, expertsOn } from './experts-on.js';
import type { Head, LlamaServers } from './llama-servers.js';

export const QUESTIONS = [
  'Tell me the history of the Roman Empire.',
  'How does a steam engine work?',
  'Why do leaves change their colour in autumn?',
  'What do bees do all day?',
  'How is bread made?',
  'Who was Napoleon Bonaparte?',
] as const;

/** Pieces of an answer that can be cut, and those that are left behind the last cut. */
const FEWEST_PIECES = 14;
const LEFT_PIECES = 8;

/** One answer that was disturbed: whether it is the undisturbed one, and what the disturbance cost, in ms. */
export type Run = { same: boolean; text: string; expected: string; lost: number; detectMs: number; gapMs: number };

type Disturbance = {
  question: string;
  /** Pieces of the answer after which the server is disturbed. */
  after: number;
  /** Does it to the head that is answering. */
  disturb: (head: Head) => void;
};

type Whole = { question: string; text: string; pieces: number };

/** What `head` answers when nobody disturbs it; only answers that are long enough to be cut. */
function undisturbed(head: Head): Promise<Whole[]> {
  return withExperts([head], async ({ llm }) => {
    const all: Whole[] = [];
    for (const question of QUESTIONS) {
      const { text, pieces } = await answered(llm, question);
      if (pieces >= FEWEST_PIECES) all.push({ question, text, pieces });
    }
    return all;
  });
}

/** The `i`th answer and where to cut it: every answer at ever other places, none of them near its end. */
function place(wholes: readonly Whole[], i: number): Whole & { after: number } {
  const whole = wholes[i % wholes.length];
  if (whole === undefined) throw new Error('no answer is long enough to be cut');
  return { ...whole, after: 1 + ((i * 7) % (whole.pieces - LEFT_PIECES)) };
}

/** Lets two heads answer and disturbs the one that does. */
async function disturbed(heads: readonly Head[], expected: string, how: Disturbance): Promise<Run> {
  return withExperts(heads, async ({ llm }) => {
    const byNode = new Map(heads.map((head) => [head.instance('main').node, head]));
    const onPiece = (count: number, node: string): void => {
      const head = byNode.get(node);
      if (count === how.after && head) how.disturb(head);
    };
    const { text, routes, gapMs, lostMs } = await answered(llm, how.question, { onPiece });
    const lost = routes.filter(({ step }) => step === 'lost').length;
    return { same: text === expected, text, expected, lost, detectMs: lostMs, gapMs };
  });
}

/** Kills the head that answers, `count` times, and replaces it each time. */
export async function killHeads(servers: LlamaServers, count: number): Promise<Run[]> {
  const runs: Run[] = [];
  let heads = [await servers.head(), await servers.head()];
  const wholes = await undisturbed(heads[0] as Head);
  for (let i = 0; i < count; i++) {
    const { question, text, after } = place(wholes, i);
    const disturb = (head: Head): boolean => process.kill(head.pid, 'SIGKILL');
    runs.push(await disturbed(heads, text, { question, after, disturb }));
    heads = [...heads.filter((head) => head.alive()), await servers.head()].slice(-2);
  }
  return runs;
}

/**
 * Stops (SIGSTOP) the RPC worker of the head that answers, `count` times, and lets it go on after the answer; or kills it
 * (SIGKILL), which ends its head too.
 */
export async function strikeWorkers(
  servers: LlamaServers,
  count: number,
  signal: 'SIGSTOP' | 'SIGKILL',
): Promise<Run[]> {
  const runs: Run[] = [];
  let heads = [await servers.head({ workers: 1 }), await servers.head({ workers: 1 })];
  const wholes = await undisturbed(heads[0] as Head);
  for (let i = 0; i < count; i++) {
    const { question, text, after } = place(wholes, i);
    const struck: Head[] = [];
    const disturb = (head: Head): void => {
      for (const pid of head.workers) process.kill(pid, signal);
      struck.push(head);
    };
    try {
      runs.push(await disturbed(heads, text, { question, after, disturb }));
    } finally {
      if (signal === 'SIGSTOP')
        for (const { workers } of struck) for (const pid of workers) process.kill(pid, 'SIGCONT');
    }
    if (signal === 'SIGKILL' && i + 1 < count)
      heads = [...heads.filter((head) => !struck.includes(head)), await servers.head({ workers: 1 })];
  }
  return runs;
}

/** Times of some runs in words, for the log of a test. */
export function figures(runs: readonly Run[]): string {
  const spread = (values: number[]): string => {
    const sorted = values.sort((a, b) => a - b).map((ms) => Math.round(ms));
    return `${sorted[Math.floor(sorted.length / 2)]} ms in the middle, ${sorted.at(-1)} ms at most`;
  };
  const same = runs.filter((run) => run.same).length;
  return `${same} of ${runs.length} answers the same; noticed after ${spread(runs.map((run) => run.detectMs))}; next word after ${spread(runs.map((run) => run.gapMs))}`;
}

async function withExperts<T>(heads: readonly Head[], use: (experts: Experts) => Promise<T>): Promise<T> {
  const experts = await expertsOn(heads.map((head) => head.instance('main')));
  try {
    return await use(experts);
  } finally {
    await experts.close();
  }
}
