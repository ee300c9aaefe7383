import { TwinError } from '../errors.js';
import { fromBytes } from '../voice/pcm.js';

/** Longest header that is accepted, in bytes: speech servers put a few hundred bytes of tags before the sound. */
const MAX_HEADER_BYTES = 65_536;

/** A piece of sound and the rate at which it was made. */
export type RatedSamples = { readonly rate: number; readonly samples: Int16Array };

/**
 * Reads a WAV that is still being written: mono or stereo (the left channel is taken), 16 bit. The lengths in the header
 * are not believed, because a stream's writer does not know them; the sound ends where the bytes end.
 * @throws TwinError `TWIN_TTS_FORMAT` when it is no such WAV. An empty stream is no error and yields nothing.
 */
export async function* wavSamples(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RatedSamples> {
  let held: Uint8Array = new Uint8Array(0);
  let header: { rate: number; channels: number } | undefined;
  for await (const piece of bytes) {
    held = join(held, piece);
    if (!header) {
      const found = readHeader(held);
      if (!found) continue;
      header = found;
      held = held.subarray(found.dataAt);
    }
    const { rate, channels } = header;
    const whole = held.length - (held.length % (2 * channels));
    if (whole === 0) continue;
    yield { rate, samples: left(fromBytes(held.subarray(0, whole)), channels) };
    held = held.subarray(whole);
  }
  if (!header && held.length > 0) throw notWav('it ends within its header');
}

/** Undefined while more bytes are needed. */
function readHeader(bytes: Uint8Array): { rate: number; channels: number; dataAt: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12) return undefined;
  if (name(0) !== 'RIFF' || name(8) !== 'WAVE') throw notWav('it does not begin with RIFF and WAVE');
  let format: { rate: number; channels: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    if (name(at) === 'data') {
      if (!format) throw notWav('its sound comes before its format');
      return { ...format, dataAt: at + 8 };
    }
    if (name(at) === 'fmt ') {
      if (at + 24 > bytes.length) return undefined;
      format = readFormat(view, at + 8);
    }
    at += 8 + size + (size % 2);
    if (at > MAX_HEADER_BYTES) throw notWav('its header is too long');
  }
  return undefined;
}

function readFormat(view: DataView, at: number): { rate: number; channels: number } {
  const channels = view.getUint16(at + 2, true);
  const rate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  if (bits !== 16 || channels < 1 || channels > 2) throw notWav(`it has ${channels} channel(s) of ${bits} bit`);
  if (rate < 4000 || rate > 192_000) throw notWav(`it has ${rate} samples per second`);
  return { rate, channels };
}

function left(samples: Int16Array, channels: number): Int16Array {
  return channels === 1 ? samples : samples.filter((_, i) => i % channels === 0);
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function notWav(why: string): TwinError {
  return new TwinError('TWIN_TTS_FORMAT', `The speech engine's sound is not a WAV that can be played: ${why}.`, {
    next: 'Set the speech server to 16-bit WAV or PCM.',
  });
}
