/**
 * Turns an answer as language models write it into words to say: no markdown marks, code blocks, tables, emojis or
 * control characters; of a link the text, of a bare address the host. Numbers, units and dates stay as they are, because
 * the speech engine reads them. Pure; `speakable(speakable(x)) === speakable(x)`.
 *
 * @example
 * speakable('**Done** ✅ see https://example.org/a?b=1'); // 'Done see example.org'
 */
export function speakable(text: string): string {
  let before = '';
  let after = text.normalize('NFC').replace(/\r\n?/g, '\n').replace(INVISIBLE, '');
  // A mark may come to light when another one is gone (`*_*`), so until nothing changes; each round leaves fewer marks.
  while (after !== before) {
    before = after;
    after = withoutMarks(before);
  }
  return after;
}

/**
 * `speakable` for an answer that comes clause by clause: remembers between calls that a code block is open.
 *
 * @example
 * const say = speakableClauses();
 * say('Try this:\n```\n'); // 'Try this:'
 * say('rm x\n'); // ''
 * say('```\nThat is all.'); // 'That is all.'
 */
export function speakableClauses(): (clause: string) => string {
  let fence = '';
  return (clause) => {
    let words = '';
    for (const line of clause.split(/(?<=\n)/)) {
      const mark = /^[ \t]*(```|~~~)/.exec(line)?.[1] ?? '';
      if (mark !== '' && (fence === '' || mark === fence)) fence = fence === '' ? mark : '';
      else if (fence === '') words += line;
    }
    return speakable(words);
  };
}

/** Everything of `\p{C}` but newline and tab, which separate words: controls, zero-width marks, private use, surrogates. */
const INVISIBLE = /(?![\n\t])\p{C}/gu;

/** Pictures, their modifiers and joiners, and the keycap mark; digits, `#` and `*` have an emoji property but are text. */
const EMOJI =
  /(?![\d#*©®™])(?:\p{Extended_Pictographic}|\p{Emoji_Presentation}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u20e3|\ufe0e|\ufe0f)/gu;

function withoutMarks(text: string): string {
  return tidy(withoutInline(withoutBlocks(text)));
}

function withoutBlocks(text: string): string {
  return text
    .replace(/^[ \t]*(```|~~~)[\s\S]*?(?:^[ \t]*\1[^\n]*$|(?![\s\S]))/gm, '\n')
    .replace(/^(?=.*\|)[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|?)+[ \t]*$/gm, '')
    .replace(/^[ \t]*(?:[-*_=][ \t]*){3,}$/gm, '')
    .replace(/^[ \t]*(?:#{1,6}|>+|[-*+•‣◦])(?:[ \t]+|$)/gm, '')
    .replace(/^[ \t]*\[[ xX]\][ \t]+/gm, '');
}

function withoutInline(text: string): string {
  return text
    .replace(/!?\[([^\][]*)\]\([^()\s]*(?:\s+"[^"]*")?\)/g, '$1')
    .replace(/<?\b(?:https?|ftp|wss?):\/\/(?:[^\s/@<>]*@)?([^\s/?#:<>)\]]+)[^\s<>]*>?/giu, spokenAddress)
    .replace(/:\/\/+/g, ' ')
    .replace(/<\/?[a-z][^<>\n]*>/giu, ' ')
    .replace(EMOJI, ' ')
    .replace(/(?<=\d) ?\* ?(?=\d)/g, ' times ')
    .replace(/(?<=\w) ?\^ ?(?=\w)/g, ' to the power of ')
    .replace(/(?<=[\w)]) < (?=[\w(-])/g, ' is less than ')
    .replace(/(?<=[\w)]) > (?=[\w(-])/g, ' is more than ')
    .replace(/~(?=\d)/g, 'about ')
    .replace(/#(?=\d)/g, 'number ')
    .replace(/(?<=\b[A-Z])#/g, ' sharp')
    .replace(/\|/g, ', ')
    .replace(/[*`~]+/g, '')
    .replace(/[_#<>\\^{}[\]]+/g, ' ');
}

/** A host, and the punctuation that ended the sentence rather than the address. */
function spokenAddress(address: string, host: string): string {
  const end = /[.,;:!?]$/.exec(address)?.[0] ?? '';
  return host.replace(/^www\./, '').replace(/[.,;:!?]+$/, '') + end;
}

function tidy(text: string): string {
  return text
    .replace(/[^\S\n]+/gu, ' ')
    .replace(/ ?\n\s*/g, '\n')
    .replace(/^[ ,]+|[ ,]+$/gm, '')
    .replace(/ (?=[.,;:!?](?:\s|$))/gm, '')
    .replace(/,(?: ?,)+/g, ',')
    .trim();
}
