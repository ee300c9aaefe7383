import { callForm } from './call-form.js';
import type { Message } from './llm.js';
import type { JsonSchema, ToolSpec } from './tool-spec.js';

/** Longest description of one tool, in characters. */
const LONGEST = 300;

/**
 * A request whose tools are told in words, in front of the last question, so that everything before it stays evaluated,
 * and the form of its answer for engines that can hold a model to it. What another server has begun is gone on with freely.
 * A request without tools is returned as it is.
 */
export function toolsAsText<T extends { messages: readonly Message[]; tools?: readonly ToolSpec[]; partial?: string }>(
  request: T,
  template: 'chat' | 'completion' = 'chat',
): Omit<T, 'tools'> & { form?: JsonSchema } {
  const { tools: all = [], ...rest } = request;
  // A base model copies arguments out of its examples: it may look, and propose what a person then sees and allows.
  const tools = template === 'completion' ? all.filter(({ changes }) => !changes) : all;
  if (tools.length === 0) return rest;
  // The first question of this turn: results of tools come behind it.
  const asked = request.messages.findLastIndex(({ role, resultOf }) => role === 'user' && resultOf === undefined);
  const messages = request.messages.flatMap((message, i) => {
    if (i !== asked) return [message];
    if (template === 'completion') return [...exchanges(tools), message];
    return [{ ...message, content: `${describe(tools)}\n\n${message.content}` }];
  });
  return { ...rest, messages, ...(!request.partial && { form: callForm(tools) }) };
}

/** A base model follows no description; it goes on as the exchanges before it do. */
const exchanges = (tools: readonly ToolSpec[]): Message[] =>
  [
    ...tools.flatMap(({ name, sample }) =>
      sample ? [{ say: sample.say, it: { tool: name, args: sample.args } }] : [],
    ),
    { say: 'What is the capital of Norway?', it: { answer: 'The capital of Norway is Oslo.' } },
  ].flatMap(({ say, it }) => [
    { role: 'user' as const, content: say },
    { role: 'assistant' as const, content: JSON.stringify(it) },
  ]);

function describe(tools: readonly ToolSpec[]): string {
  const lines = tools.map(({ name, description, parameters }) =>
    `- ${name} ${argsOf(parameters)}: ${description}`.slice(0, LONGEST),
  );
  return [
    'You can use one of these tools:',
    ...lines,
    'To use one, answer with nothing but {"tool": NAME, "args": {…}}. Otherwise answer {"answer": WORDS}.',
  ].join('\n');
}

/** `{seconds?: integer, name?: string}` */
export function argsOf(schema: JsonSchema): string {
  const properties = objectOf(schema.properties);
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const each = Object.entries(properties).map(
    ([name, its]) => `${name}${required.has(name) ? '' : '?'}: ${typeOf(objectOf(its))}`,
  );
  return `{${each.join(', ')}}`;
}

function typeOf(schema: JsonSchema): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join('|');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return choices.map((one) => typeOf(objectOf(one))).join('|');
  if (schema.type === 'object') return schema.properties ? argsOf(schema) : 'object';
  if (schema.type === 'array') return `${typeOf(objectOf(schema.items))}[]`;
  return typeof schema.type === 'string' ? schema.type : 'any';
}

const objectOf = (value: unknown): JsonSchema =>
  typeof value === 'object' && value !== null ? (value as JsonSchema) : {};
