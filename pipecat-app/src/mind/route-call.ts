import { z } from 'zod';

/** A model's wish that an expert answers. */
export type RouteCall = { expert: string; query: string };

export const ROUTE_TOOL = 'route_to_expert';

const args = z.object({ expert: z.string().min(1).max(64), query: z.string().min(1).max(4000) });
const ours = z.object({ tool: z.literal(ROUTE_TOOL), args });
const openai = z.object({ name: z.literal(ROUTE_TOOL), arguments: args });
/** Longest call, in characters; what is longer is an answer. */
const LONGEST = 5000;
/** What models write around a call. */
const BEGIN = /^\s*(?:<tool_call>\s*|```(?:json)?\s*)?(?=\{)/;
const MAY_BEGIN =
  /^\s*(?:<(?:t(?:o(?:o(?:l(?:_(?:c(?:a(?:l(?:l(?:>\s*)?)?)?)?)?)?)?)?)?)?|`{1,3}(?:j(?:s(?:o(?:n\s*)?)?)?)?\s*)?$/;

/**
 * Passes an answer on, unless it is a call of `route_to_expert` as JSON (`{"tool", "args"}` or `{"name",
 * "arguments"}`), which comes out as one item and ends it. Text is held back only while it may be a call; what turns out
 * to be none is passed on as it is. What is no text is passed on at once.
 */
export async function* withRouteCalls<T extends object>(
  pieces: AsyncIterable<string | T>,
): AsyncGenerator<string | T | { call: RouteCall }, void> {
  let held = '';
  let plain = false;
  for await (const piece of pieces) {
    if (plain || typeof piece !== 'string') {
      yield piece;
      continue;
    }
    held += piece;
    const json = BEGIN.test(held) ? wholeObject(held.replace(BEGIN, '')) : undefined;
    const call = json === undefined ? undefined : readCall(json);
    if (call) return yield { call };
    if (json === undefined && held.length < LONGEST && (BEGIN.test(held) || MAY_BEGIN.test(held))) continue;
    plain = true;
    yield held;
  }
  if (!plain && held !== '') yield held;
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

function readCall(json: string): RouteCall | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const called = ours.safeParse(value);
  if (called.success) return called.data.args;
  const named = openai.safeParse(value);
  return named.success ? named.data.arguments : undefined;
}
