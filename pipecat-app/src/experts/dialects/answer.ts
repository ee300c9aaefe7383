import type { LlmStats } from '../llm.js';
import { StopText } from '../stop-text.js';
import { type CallDelta, NativeCalls } from '../tool-spec.js';
import type { ChatEvent, Progress } from './dialect.js';

/** What a server says about an answer; figures that it does not know are missing. */
export type Counts = {
  model?: string | undefined;
  promptTokens?: number | undefined;
  evaluatedTokens?: number | undefined;
  generatedTokens?: number | undefined;
  tokensPerSecond?: number | undefined;
};

/** What a dialect reads from its stream. */
export type Raw = { text: string } | { callDelta: CallDelta } | { progress: Progress } | { counts: Counts };

/**
 * An answer in the common shape: cut before the first of the marks, with its figures at the end. What the server does
 * not count is counted here, a piece of text as a token.
 */
export async function* answer(
  raw: AsyncIterable<Raw>,
  { stop = [], model, now }: { stop?: readonly string[] | undefined; model: string; now: () => number },
): AsyncGenerator<ChatEvent, void> {
  const started = now();
  const text = new StopText(stop);
  const calls = new NativeCalls();
  let pieces = 0;
  let firstTokenMs = 0;
  let counts: Counts = {};
  for await (const event of raw) {
    if ('counts' in event) counts = { ...counts, ...known(event.counts) };
    else if ('progress' in event) yield event;
    else if ('callDelta' in event) {
      if (pieces++ === 0) firstTokenMs = now() - started;
      calls.add(event.callDelta);
      yield event;
    } else if (event.text !== '') {
      if (pieces++ === 0) firstTokenMs = now() - started;
      const piece = text.add(event.text);
      if (piece !== '') yield { text: piece };
      if (text.stopped) break;
    }
  }
  const rest = text.end();
  if (rest !== '') yield { text: rest };
  for (const call of calls.all()) yield { call };
  yield { stats: statsOf(counts, model, pieces, firstTokenMs, now() - started) };
}

function statsOf(counts: Counts, model: string, pieces: number, firstTokenMs: number, ms: number): LlmStats {
  const generatedTokens = counts.generatedTokens ?? pieces;
  const seconds = (ms - firstTokenMs) / 1000;
  return {
    model: counts.model || model,
    ...(counts.promptTokens === undefined ? {} : { promptTokens: counts.promptTokens }),
    ...(counts.evaluatedTokens === undefined ? {} : { evaluatedTokens: counts.evaluatedTokens }),
    generatedTokens,
    firstTokenMs,
    tokensPerSecond: counts.tokensPerSecond ?? (seconds > 0 ? Math.max(0, generatedTokens - 1) / seconds : 0),
  };
}

const known = (counts: Counts): Counts =>
  Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined));
