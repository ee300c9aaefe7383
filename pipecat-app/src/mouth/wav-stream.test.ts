import { describe, expect, it } from 'vitest';
import { collect } from './collect.fixture.js';
import { streamingHeader } from './speech-server.fixture.js';
import { wavSamples } from './wav-stream.js';

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const read = async (bytes: Uint8Array, size: number): Promise<{ rate: number | undefined; samples: number[] }> => {
  const pieces = await collect(wavSamples(inPieces(bytes, size)));
  return { rate: pieces[0]?.rate, samples: pieces.flatMap(({ samples }) => [...samples]) };
};

const SAMPLES = [0, 1, -1, 32_767, -32_768, 12_345];
const bytesOf = (samples: number[]): Buffer => Buffer.from(Int16Array.from(samples).buffer);

describe('a WAV that is still being written', () => {
  it.each([1, 2, 3, 7, 43, 44, 45, 1000])('reads the same samples from pieces of %i bytes', async (size) => {
    const wav = Buffer.concat([streamingHeader(22_050), bytesOf(SAMPLES)]);
    expect(await read(wav, size)).toEqual({ rate: 22_050, samples: SAMPLES });
  });

  it('skips chunks that it does not know', async () => {
    const header = streamingHeader(24_000);
    const list = Buffer.from([...Buffer.from('LIST'), 3, 0, 0, 0, 1, 2, 3, 0]);
    const wav = Buffer.concat([header.subarray(0, 36), list, header.subarray(36), bytesOf(SAMPLES)]);
    expect((await read(wav, 5)).samples).toEqual(SAMPLES);
  });

  it('takes the left channel of two', async () => {
    const wav = Buffer.concat([streamingHeader(16_000, 2), bytesOf([1, 9, 2, 9, 3, 9])]);
    expect((await read(wav, 3)).samples).toEqual([1, 2, 3]);
  });

  it('drops half a sample at the end', async () => {
    const wav = Buffer.concat([streamingHeader(16_000), bytesOf([5]), Buffer.from([7])]);
    expect((await read(wav, 100)).samples).toEqual([5]);
  });

  it('is empty when nothing was written', async () => {
    expect((await read(Buffer.alloc(0), 10)).samples).toEqual([]);
  });

  it.each([
    ['words instead', Buffer.from('{"error":"nothing to hear"}')],
    ['8 bit', streamingHeader(16_000, 1, 8)],
    ['six channels', streamingHeader(48_000, 6)],
    ['an impossible rate', streamingHeader(1)],
    ['a header cut short', streamingHeader(16_000).subarray(0, 30)],
    ['sound before its format', Buffer.from('RIFF0000WAVEdata0000xx')],
  ])('refuses %s', async (_, bytes) => {
    await expect(read(bytes, 9)).rejects.toMatchObject({ code: 'TWIN_TTS_FORMAT' });
  });
});
