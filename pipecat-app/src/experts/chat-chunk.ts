import { z } from 'zod';

/** One event of a streamed chat completion; `timings` is what llama.cpp's server adds. */
const chunk = z.looseObject({
  model: z.string().optional(),
  choices: z.array(z.looseObject({ delta: z.looseObject({ content: z.string().nullish() }).optional() })).optional(),
  error: z.union([z.string(), z.looseObject({ message: z.string() })]).optional(),
  usage: z.looseObject({ prompt_tokens: z.number().optional(), completion_tokens: z.number().optional() }).nullish(),
  timings: z
    .looseObject({
      cache_n: z.number().optional(),
      prompt_n: z.number().optional(),
      predicted_n: z.number().optional(),
      predicted_per_second: z.number().optional(),
    })
    .nullish(),
});
export type ChatChunk = z.infer<typeof chunk>;

/** Reads the data of one event; undefined for `[DONE]`. @throws Error when it is something else. */
export function readChunk(data: string): ChatChunk | undefined {
  return data.trim() === '[DONE]' ? undefined : chunk.parse(JSON.parse(data));
}
