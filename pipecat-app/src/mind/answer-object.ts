/** What an answer in words looks like that had to be JSON: `{"answer":"…"}`. */
const BEGIN = /^\s*\{\s*"answer"\s*:\s*"/;
/** Every beginning of `BEGIN`. */
const MAY_BEGIN = /^\s*(\{\s*("(a(n(s(w(e(r("(\s*(:\s*)?)?)?)?)?)?)?)?)?)?)?$/;
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: ' ', f: ' ' };

/**
 * Takes the words out of an answer that had to be JSON, as they come, so that they can be spoken before its end. An
 * answer that begins otherwise is passed on as it is, and so is what is no text.
 */
export async function* unwrapped<T extends object>(
  pieces: AsyncIterable<string | T>,
): AsyncGenerator<string | T, void> {
  let held = '';
  let state: 'begin' | 'inside' | 'outside' | 'over' = 'begin';
  for await (const piece of pieces) {
    if (typeof piece !== 'string' || state === 'outside') {
      yield piece;
      continue;
    }
    if (state === 'over') continue;
    held += piece;
    if (state === 'begin') {
      if (MAY_BEGIN.test(held)) continue;
      const begin = BEGIN.exec(held)?.[0];
      state = begin === undefined ? 'outside' : 'inside';
      if (begin === undefined) {
        yield held;
        continue;
      }
      held = held.slice(begin.length);
    }
    const { text, rest, ended } = decoded(held);
    held = rest;
    if (ended) state = 'over';
    if (text !== '') yield text;
  }
  if (state === 'begin' && held !== '') yield held;
}

/** The inside of a JSON string as far as it is whole. */
function decoded(held: string): { text: string; rest: string; ended: boolean } {
  let text = '';
  for (let at = 0; at < held.length; at++) {
    const char = held[at] ?? '';
    if (char === '"') return { text, rest: '', ended: true };
    if (char !== '\\') {
      text += char;
      continue;
    }
    const escaped = held[at + 1];
    if (escaped === undefined || (escaped === 'u' && held.length < at + 6))
      return { text, rest: held.slice(at), ended: false };
    if (escaped === 'u') {
      text += String.fromCharCode(Number.parseInt(held.slice(at + 2, at + 6), 16) || 0xfffd);
      at += 5;
    } else {
      text += ESCAPES[escaped] ?? escaped;
      at++;
    }
  }
  return { text, rest: '', ended: false };
}
