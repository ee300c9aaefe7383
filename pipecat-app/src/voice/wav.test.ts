import { describe, expect, it } from 'vitest';
import { TwinError } from '../errors.js';
import { parseWav, toMono, toWav, wavHeader } from './wav.js';

const tone = Int16Array.from({ length: 400 }, (_, i) => Math.round(9000 * Math.sin(i / 5)));

describe('wav', () => {
  it('reads back what it writes', () => {
    expect(parseWav(toWav(tone, 22_050))).toEqual({ rate: 22_050, channels: 1, samples: tone });
  });

  it('skips chunks that it does not know, also of odd size', () => {
    const file = toWav(tone);
    const list = Buffer.concat([Buffer.from('LIST'), Buffer.from([3, 0, 0, 0]), Buffer.from('abc\0')]);
    const parsed = parseWav(Buffer.concat([file.subarray(0, 36), list, file.subarray(36)]));
    expect(parsed.samples).toEqual(tone);
  });

  it('reads a stream whose length was unknown', () => {
    const bytes = Buffer.from(tone.buffer);
    expect(parseWav(Buffer.concat([wavHeader(24_000), bytes]))).toEqual({ rate: 24_000, channels: 1, samples: tone });
  });

  it('yields what is there when the file is cut', () => {
    expect(parseWav(toWav(tone).subarray(0, 44 + 101)).samples).toEqual(tone.slice(0, 50));
  });

  it('averages channels', () => {
    expect(toMono({ channels: 2, samples: Int16Array.of(100, 300, -32768, -32768) })).toEqual(
      Int16Array.of(200, -32768),
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello, this is not audio at all, not one bit of it')],
    ['a header only', Buffer.from('RIFF\x00\x00\x00\x00WAVE')],
    ['24-bit samples', patched((file) => file.writeUInt16LE(24, 34))],
    ['float samples', patched((file) => file.writeUInt16LE(3, 20))],
    ['no channel', patched((file) => file.writeUInt16LE(0, 22))],
    ['a rate of 1', patched((file) => file.writeUInt32LE(1, 24))],
    ['samples before the format', patched((file) => file.write('xxxx', 12))],
  ])('refuses %s in words', (_, file) => {
    expect(() => parseWav(file)).toThrow(TwinError);
  });
});

function patched(change: (file: Buffer) => void): Buffer {
  const file = toWav(tone);
  change(file);
  return file;
}
