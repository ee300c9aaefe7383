import type { Message } from '../llm.js';
import type { ToolSpec } from '../tool-spec.js';

/** Names of functions have no dots; ours have one. */
const functionName = (method: string): string => method.replaceAll('.', '__');
export const methodName = (name: string): string => name.replaceAll('__', '.');

/** Tools as OpenAI's `tools`, which llama.cpp's server takes too. */
export const nativeTools = (tools: readonly ToolSpec[]): object[] =>
  tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name: functionName(name), description, parameters },
  }));

/** Messages as OpenAI has them: calls and their results in fields and a role of their own. */
export const nativeMessages = (messages: readonly Message[]): object[] =>
  messages.map(({ role, content, call, resultOf }) => {
    if (resultOf !== undefined) return { role: 'tool', tool_call_id: resultOf, content };
    if (call === undefined) return { role, content };
    const { id, name, arguments: args } = call;
    return {
      role,
      content: null,
      tool_calls: [{ id, type: 'function', function: { name: functionName(name), arguments: args } }],
    };
  });

/** Messages for those who know no calls: text only. */
export const plainMessages = (messages: readonly Message[]): Message[] =>
  messages.map(({ role, content }) => ({ role, content }));
