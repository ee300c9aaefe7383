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
  messages.map(({ role, content, images, call, resultOf }) => {
    if (resultOf !== undefined) return { role: 'tool', tool_call_id: resultOf, content };
    if (call === undefined) return { role, content: contentOf(content, images) };
    const { id, name, arguments: args } = call;
    return {
      role,
      content: null,
      tool_calls: [{ id, type: 'function', function: { name: functionName(name), arguments: args } }],
    };
  });

/** Messages of text and pictures, as OpenAI has them, for those who know no calls. */
export const seenMessages = (messages: readonly Message[]): object[] =>
  messages.map(({ role, content, images }) => ({ role, content: contentOf(content, images) }));

const contentOf = (text: string, images: readonly string[] = []): string | object[] =>
  images.length === 0
    ? text
    : [{ type: 'text', text }, ...images.map((url) => ({ type: 'image_url', image_url: { url } }))];

/** Messages for those who know no calls: text only. */
export const plainMessages = (messages: readonly Message[]): Message[] =>
  messages.map(({ role, content }) => ({ role, content }));
