import { describe, expect, it } from 'vitest';
import { tokenBytes, tokensIn } from './slot-file.js';

/** The head of a file of llama-server with these numbers, and something behind it. */
function file(ints: readonly number[], { magic = 0x67677371, version = 3 } = {}): Buffer {
  const buffer = Buffer.alloc(12 + ints.length * 4 + 5);
  buffer.writeUInt32LE(magic, 0);
  buffer.writeUInt32LE(version, 4);
  buffer.writeUInt32LE(ints.length, 8);
  for (const [i, int] of ints.entries()) buffer.writeInt32LE(int, 12 + i * 4);
  return buffer;
}

describe('the tokens in the file of a slot', () => {
  it('are between their number and a zero', () => {
    expect(tokensIn(file([-1, 1, 3, 7, 8, 9, 0]))).toEqual([7, 8, 9]);
    expect(tokensIn(file([-1, 1, 0, 0]))).toEqual([]);
  });

  it.each([
    ['is too short for a header', Buffer.alloc(11)],
    ['has another magic', file([-1, 1, 1, 7, 0], { magic: 1 })],
    ['has another version', file([-1, 1, 1, 7, 0], { version: 4 })],
    ['tells of more tokens than it has', file([-1, 1, 2, 7, 0])],
    ['has pictures among its tokens', file([-1, 2, 1, 7, 0])],
    ['is cut in its tokens', file([-1, 1, 3, 7, 8, 9, 0]).subarray(0, 30)],
  ])('are not told when the file %s', (_, bytes) => {
    expect(tokensIn(bytes)).toBeUndefined();
  });

  it('take a number of bytes that the first twelve tell, within reason', () => {
    expect(tokenBytes(file([-1, 1, 1, 7, 0]).subarray(0, 12))).toBe(32);
    const endless = file([]);
    endless.writeUInt32LE(0xffffffff, 8);
    expect(tokenBytes(endless)).toBeUndefined();
  });
});
