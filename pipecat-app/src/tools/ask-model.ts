import type { Llm } from '../experts/llm.js';

/** The part of a language model that tools use. */
export type Writer = Pick<Llm, 'stream' | 'health'>;

/** One bounded answer; the rest of a longer one is left. */
export async function askModel(
  llm: Writer,
  { system, text, maxTokens }: { system: string; text: string; maxTokens: number },
  signal: AbortSignal,
): Promise<string> {
  let answer = '';
  const messages = [
    { role: 'system' as const, content: system },
    { role: 'user' as const, content: text },
  ];
  for await (const piece of llm.stream({ messages, maxTokens }, signal)) answer += piece;
  return answer.trim();
}
