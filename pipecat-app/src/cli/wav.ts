import { TwinError } from '../errors.js';
import { fromBytes, SAMPLE_RATE, toBytes } from '../voice/pcm.js';

/**
 * Reads a 16 kHz mono 16-bit WAV.
 * @throws TwinError `TWIN_WAV_FORMAT` for anything else.
 */
export function readWav(bytes: Buffer): Int16Array {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    throw wrong('it is not a WAV file');
  }
  let format = false;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const body = bytes.subarray(at + 8, Math.min(bytes.length, at + 8 + size));
    if (id === 'fmt ') {
      if (body.length < 16) throw wrong('its header is cut off');
      const [channels, rate, bits] = [body.readUInt16LE(2), body.readUInt32LE(4), body.readUInt16LE(14)];
      if (channels !== 1 || rate !== SAMPLE_RATE || bits !== 16) throw wrong(`it has ${rate} Hz, ${channels} channel(s), ${bits} bit`);
      format = true;
    }
    if (id === 'data') {
      if (!format) throw wrong('its header is missing');
      return fromBytes(body);
    }
    at += 8 + size + (size % 2);
  }
  throw wrong('it holds no samples');
}

/** A 16-bit WAV at 16 kHz; `samples` are interleaved when there is more than one channel. */
export function wavBytes(samples: Int16Array, channels = 1): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(SAMPLE_RATE, 24);
  head.writeUInt32LE(SAMPLE_RATE * 2 * channels, 28);
  head.writeUInt16LE(2 * channels, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, toBytes(samples)]);
}

function wrong(what: string): TwinError {
  return new TwinError('TWIN_WAV_FORMAT', `A WAV file cannot be used: ${what}.`, {
    next: 'Convert it with `sox in.wav -r 16000 -c 1 -b 16 out.wav`.',
  });
}
