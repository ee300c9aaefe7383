import { z } from 'zod';
import type { CallDelta } from '../tool-spec.js';
import type { Counts } from './answer.js';
import type { Progress } from './dialect.js';
import { methodName } from './native-tools.js';

const timings = z
  .looseObject({
    cache_n: z.number().optional(),
    prompt_n: z.number().optional(),
    predicted_n: z.number().optional(),
    predicted_per_second: z.number().optional(),
  })
  .nullish();
const progress = z.looseObject({ total: z.number(), cache: z.number(), processed: z.number() }).nullish();
const error = z.union([z.string(), z.looseObject({ message: z.string() })]).optional();

const callDelta = z.looseObject({
  index: z.number().int().default(0),
  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }).optional(),
});

/** One event of a streamed chat completion; `timings` and `prompt_progress` are what llama.cpp's server adds. */
const chunk = z.looseObject({
  model: z.string().optional(),
  choices: z
    .array(
      z.looseObject({
        delta: z.looseObject({ content: z.string().nullish(), tool_calls: z.array(callDelta).nullish() }).optional(),
        finish_reason: z.string().nullish(),
      }),
    )
    .optional(),
  error,
  usage: z.looseObject({ prompt_tokens: z.number().optional(), completion_tokens: z.number().optional() }).nullish(),
  timings,
  prompt_progress: progress,
});
export type ChatChunk = z.infer<typeof chunk>;

/** One event of llama.cpp's own `POST /completion`. */
const completionChunk = z.looseObject({
  content: z.string(),
  stop: z.boolean().optional(),
  error,
  timings,
  prompt_progress: progress,
});
type CompletionChunk = z.infer<typeof completionChunk>;

/** Reads the data of one event; undefined for `[DONE]`. @throws Error when it is something else. */
export function readChunk(data: string): ChatChunk | undefined {
  return data.trim() === '[DONE]' ? undefined : chunk.parse(JSON.parse(data));
}

/** Reads the data of one event of `POST /completion`. @throws Error when it is something else. */
export function readCompletion(data: string): CompletionChunk {
  const value = JSON.parse(data) as { error?: unknown };
  return completionChunk.parse(value?.error === undefined ? value : { content: '', ...value });
}

/** Pieces of native calls in one event. */
export function callDeltasOf({ choices }: ChatChunk): CallDelta[] {
  return (choices?.[0]?.delta?.tool_calls ?? []).map(({ index, function: its }) => ({
    index,
    ...(its?.name ? { name: methodName(its.name) } : {}),
    text: its?.arguments ?? '',
  }));
}

/** What a server reports of itself, in words; undefined when it reports no error. */
export function errorIn({ error: problem }: Pick<ChatChunk, 'error'>): string | undefined {
  return typeof problem === 'object' ? problem.message : problem;
}

export function progressOf({ prompt_progress: its }: Pick<ChatChunk, 'prompt_progress'>): Progress | undefined {
  return its ? { total: its.total, cached: its.cache, processed: its.processed } : undefined;
}

export function countsOf({ model, timings: its, usage }: Pick<ChatChunk, 'model' | 'timings' | 'usage'>): Counts {
  const cached = its?.cache_n;
  return {
    model,
    promptTokens: usage?.prompt_tokens ?? (cached === undefined ? undefined : cached + (its?.prompt_n ?? 0)),
    evaluatedTokens: its?.prompt_n,
    generatedTokens: its?.predicted_n ?? usage?.completion_tokens,
    tokensPerSecond: its?.predicted_per_second,
  };
}
