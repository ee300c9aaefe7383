import { describe, expect, it } from 'vitest';
import { readWav, wavBytes } from './wav.js';

describe('WAV files', () => {
  it('give back the samples that were written', () => {
    const samples = Int16Array.of(0, 1, -1, 32767, -32768);
    expect(readWav(wavBytes(samples))).toEqual(samples);
  });

  it('may carry other chunks before the samples', () => {
    const wav = wavBytes(Int16Array.of(7, 8));
    const extra = Buffer.from('LIST\x03\x00\x00\x00abc\x00', 'latin1');
    expect(readWav(Buffer.concat([wav.subarray(0, 36), extra, wav.subarray(36)]))).toEqual(Int16Array.of(7, 8));
  });

  it.each([
    ['something else', Buffer.from('not a wav at all')],
    ['stereo', wavBytes(Int16Array.of(1, 2), 2)],
    ['an empty file', Buffer.alloc(0)],
    ['a header without samples', wavBytes(new Int16Array(0)).subarray(0, 36)],
  ])('refuse %s in words that say how to convert it', (_, bytes) => {
    expect(() => readWav(bytes)).toThrow(expect.objectContaining({ code: 'TWIN_WAV_FORMAT', next: expect.stringContaining('sox') }));
  });
});
