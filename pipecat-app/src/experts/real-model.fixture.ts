import { join } from 'node:path';
import { readConfig } from '../config.js';
import { EmbeddedLlm, type EmbeddedOptions } from './embedded.js';
import type { LlmPiece, LlmRequest } from './llm.js';

const FILE = 'gemma-3-270m-q4_k_m.gguf';

/** The small real model of the catalogue, which `twin models pull` puts in place. */
export const realModel = (options: Partial<EmbeddedOptions> = {}): EmbeddedLlm =>
  new EmbeddedLlm({
    name: 'gemma3-270m-q4_k_m',
    modelPath: join(readConfig().TWIN_MODELS, FILE),
    template: 'completion',
    ...options,
  });

const EXAMPLES = [
  ['What is the largest ocean on Earth?', 'The largest ocean on Earth is the Pacific Ocean.'],
  ['How do plants drink?', 'Plants take up water from the soil through their roots.'],
  ['Who invented the telephone?', 'Alexander Graham Bell invented the telephone in 1876.'],
] as const;

export const shared: LlmRequest['messages'] = [
  { role: 'system', content: 'Below are questions and short, truthful answers in full sentences.' },
  ...EXAMPLES.flatMap(([question, answer]) => [
    { role: 'user' as const, content: question },
    { role: 'assistant' as const, content: answer },
  ]),
];

/** A conversation that ends with `question`. */
export const asking = (question: string, earlier: LlmRequest['messages'] = [], maxTokens = 24): LlmRequest => ({
  messages: [...shared, ...earlier, { role: 'user', content: question }],
  maxTokens,
});

export const noAbort = (): AbortSignal => new AbortController().signal;

export async function textOf(pieces: AsyncIterable<LlmPiece>): Promise<string> {
  let text = '';
  for await (const piece of pieces) if (typeof piece === 'string') text += piece;
  return text;
}
