import type { NativeCall } from '../experts/tool-spec.js';

/** A model's wish that a tool is used; the arguments are unchecked. */
export type ToolCall = { name: string; args: Record<string, unknown> };
/** What was meant as a call and is none. `text`: as the model wrote it; `problem`: what is wrong with it. */
export type MalformedCall = { text: string; problem: string };
export type CallItem = { call: ToolCall } | { malformed: MalformedCall };

/** Longest call, in characters. */
const LONGEST = 12_000;
/** What models write in front of a call. */
const MARK = /^(?:<tool_call>|<function_call>|\[TOOL_CALLS\]\s*\[?|`{3,}(?:json|tool_call|tool)?)\s*(?=\{)/;
/** Text that may still become an opening mark with a `{` behind it. */
const MARKS = ['<tool_call>', '<function_call>', '[TOOL_CALLS]', '```', '```json', '```tool_call', '```tool'];
/** The first key of an object that may be a call. */
const CALL_KEYS = ['tool', 'name', 'args', 'arguments', 'parameters', 'type', 'function'];
/** An object that begins like this is meant as a call, whatever becomes of it. */
const MEANT = /^\{\s*["']tool["']\s*:/;

/**
 * Passes an answer on, unless it holds a call of a tool as JSON: `{"tool", "args"}`, `{"name", "arguments"}` or OpenAI's
 * `{"type": "function", "function": …}`, bare, fenced or marked, at the beginning or behind words. The call comes out as
 * one item and ends the answer: what a model writes behind a call is a guess at its result. Text is held back only while
 * it may be a call; what turns out to be none is passed on as it is. What is no text is passed on at once.
 */
export async function* withToolCalls<T extends object>(
  pieces: AsyncIterable<string | T>,
): AsyncGenerator<string | T | CallItem, void> {
  let held = '';
  for await (const piece of pieces) {
    if (typeof piece !== 'string') {
      yield piece;
      continue;
    }
    held += piece;
    for (let read = look(held, false); read !== undefined; read = look(held, false)) {
      if (read.text !== '') yield read.text;
      held = read.rest;
      if (read.item) return yield read.item;
    }
  }
  for (let read = look(held, true); read !== undefined; read = look(held, true)) {
    if (read.text !== '') yield read.text;
    held = read.rest;
    if (read.item) return yield read.item;
  }
}

/** A native call in the common shape. */
export function fromNative({ name, arguments: text }: NativeCall): CallItem {
  const args = text.trim() === '' ? {} : objectIn(text);
  if (args) return { call: { name, args } };
  return { malformed: { text: `${name} ${text}`, problem: 'the arguments are not a JSON object' } };
}

/**
 * What is certain about the beginning of `rest`; undefined when there is nothing, or more is needed. `end`: no more comes.
 */
function look(rest: string, end: boolean): { text: string; rest: string; item?: CallItem } | undefined {
  if (rest === '') return undefined;
  const at = rest.search(/[<[`{]/);
  if (at < 0) return { text: rest, rest: '' };
  if (at > 0) return { text: rest.slice(0, at), rest: rest.slice(at) };
  const plain = (length: number) => ({ text: rest.slice(0, length), rest: rest.slice(length) });
  const mark = MARK.exec(rest)?.[0] ?? '';
  const json = rest.slice(mark.length);
  if (!json.startsWith('{')) {
    const opening = rest.replace(/\s*\[?\s*$/, '');
    if (!end && MARKS.some((known) => known.startsWith(opening))) return undefined;
    return plain(/^`+/.exec(rest)?.[0].length ?? 1);
  }
  if (!mayBeCall(json, end)) return plain(mark.length + 1);
  const whole = wholeObject(json);
  if (whole === undefined) {
    if (!end && json.length < LONGEST) return undefined;
    if (!MEANT.test(json) && !/<\w+_call>|TOOL_CALLS/.test(mark)) return plain(rest.length);
    return malformed(json, json.length < LONGEST ? 'the JSON has no end' : 'it is too long');
  }
  const value = objectIn(whole);
  if (value === undefined) {
    if (!MEANT.test(json) && mark === '') return plain(mark.length + whole.length);
    return malformed(whole, 'it is not valid JSON');
  }
  const call = callIn(value);
  if (call) return { text: '', rest: '', item: { call } };
  if (!('tool' in value)) return plain(mark.length + whole.length);
  return malformed(whole, 'it needs "tool", the name of a tool, and "args", an object');
}

const malformed = (text: string, problem: string) => ({
  text: '',
  rest: '',
  item: { malformed: { text: text.slice(0, LONGEST), problem } },
});

/** Whether an object that begins like `json` can be a call. */
function mayBeCall(json: string, end: boolean): boolean {
  const [, quote = '', key = '', closed = ''] = /^\{\s*(["']?)(\w*)(["']?)/.exec(json) ?? [];
  if (quote === '') return !end && /^\{\s*$/.test(json);
  if (closed === '') return !end && CALL_KEYS.some((known) => known.startsWith(key)) && /^\{\s*["']\w*$/.test(json);
  return CALL_KEYS.includes(key);
}

/** The object that `text` begins with, once it is complete. */
function wholeObject(text: string): string | undefined {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return text.slice(0, i + 1);
  }
  return undefined;
}

function objectIn(json: string): Record<string, unknown> | undefined {
  for (const text of [json, repaired(json)]) {
    try {
      const value: unknown = JSON.parse(text);
      return isObject(value) ? value : undefined;
    } catch {
      // The next form, or none.
    }
  }
  return undefined;
}

/** Slips of small models that leave no doubt: a comma before a closing bracket, and line breaks inside of words. */
const repaired = (json: string): string => json.replace(/,(\s*[}\]])/g, '$1').replace(/[\r\n\t]+/g, ' ');

function callIn(value: Record<string, unknown>): ToolCall | undefined {
  if (isObject(value.function)) return callIn(value.function);
  const name = typeof value.tool === 'string' ? value.tool : value.name;
  if (typeof name !== 'string' || name === '' || name.length > 128) return undefined;
  const given = value.args ?? value.arguments ?? value.parameters ?? ('tool' in value ? {} : undefined);
  const args = typeof given === 'string' ? objectIn(given) : given;
  return isObject(args) ? { name: name.trim(), args } : undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
