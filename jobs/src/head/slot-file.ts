/**
 * The beginning of a file that llama-server writes for a slot, as far as it is read here: `ggsq`, version 3, the number of
 * the whole numbers that follow; then the tokens as -1, 1, their number, the tokens, 0. In llama.cpp's sources:
 * `LLAMA_STATE_SEQ_MAGIC`, `server_tokens::serialize`.
 */
const MAGIC = 0x67677371;
const VERSION = 3;
const HEADER_BYTES = 12;
const INT_BYTES = 4;
/** -1, 1 and the number before the tokens. */
const BEFORE = 3;
const AFTER = 1;
/** No slot here holds more. */
const MOST_TOKENS = 1_000_000;

/** How many bytes from the beginning `tokensIn` needs; undefined for a file of another kind. */
export function tokenBytes(header: Buffer): number | undefined {
  if (header.length < HEADER_BYTES || header.readUInt32LE(0) !== MAGIC || header.readUInt32LE(4) !== VERSION) return;
  const count = header.readUInt32LE(8);
  return count > MOST_TOKENS ? undefined : HEADER_BYTES + count * INT_BYTES;
}

/** The tokens whose evaluation a slot's file holds; undefined when the file is not of the kind that is known. */
export function tokensIn(beginning: Buffer): number[] | undefined {
  const bytes = tokenBytes(beginning);
  if (bytes === undefined || beginning.length < bytes) return undefined;
  const int = (i: number): number => beginning.readInt32LE(HEADER_BYTES + i * INT_BYTES);
  const ints = (bytes - HEADER_BYTES) / INT_BYTES;
  if (ints < BEFORE + AFTER || int(0) !== -1 || int(1) !== 1 || int(2) !== ints - BEFORE - AFTER) return undefined;
  return Array.from({ length: ints - BEFORE - AFTER }, (_, i) => int(BEFORE + i));
}
