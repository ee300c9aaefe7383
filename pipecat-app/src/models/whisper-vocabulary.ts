import { TwinError } from '../errors.js';

const END_OF_TEXT = '<|endoftext|>';

/**
 * The byte strings of the text tokens, up to and including end-of-text; whisper.cpp makes the special tokens after it.
 * @param vocabulary one token a line, in GPT-2's spelling of bytes as printable characters
 * @throws TwinError `TWIN_MODEL_FORMAT`.
 */
export function textTokens(vocabulary: string): { tokens: Buffer[]; total: number } {
  const lines = vocabulary.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const end = lines.indexOf(END_OF_TEXT);
  if (end < 0) throw new TwinError('TWIN_MODEL_FORMAT', 'The vocabulary has no end-of-text token.');
  const bytes = byteOfCharacter();
  const tokens = lines.slice(0, end + 1).map((line, index) => {
    if (index === end) return Buffer.from(line);
    return Buffer.from(
      Array.from(line, (character) => {
        const byte = bytes.get(character);
        if (byte === undefined)
          throw new TwinError('TWIN_MODEL_FORMAT', `Token ${index} of the vocabulary is malformed.`);
        return byte;
      }),
    );
  });
  return { tokens, total: lines.length };
}

/** GPT-2 writes printable Latin-1 bytes as themselves and the rest, in order, as the characters from U+0100 on. */
function byteOfCharacter(): Map<string, number> {
  const map = new Map<string, number>();
  let shifted = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    map.set(String.fromCharCode(printable ? byte : shifted++), byte);
  }
  return map;
}
