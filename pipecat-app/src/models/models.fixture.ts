import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import type { Model, ModelSource } from './catalogue.js';

export const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

/** Bytes that repeat nowhere within a chunk, so that a piece in the wrong place is noticed. */
export function noise(bytes: number, seed = 1): Buffer {
  const out = Buffer.alloc(bytes);
  let x = seed;
  for (let i = 0; i < bytes; i++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) & 0x7fffffff;
    out[i] = x >> 16;
  }
  return out;
}

/** A catalogue entry whose finished file is `data`. */
export function modelOf(data: Buffer, sources: ModelSource[], changes: Partial<Model> = {}): Model {
  return {
    name: 'small',
    kind: 'stt',
    file: 'small.bin',
    bytes: data.length,
    sha256: sha256(data),
    license: { id: 'MIT', url: 'https://example.org/license', notice: 'Free to use.' },
    ramMb: 1,
    default: true,
    sources,
    ...changes,
  };
}

/** vitest's `onTestFinished`. */
type AtEnd = (cleanup: () => Promise<void>) => void;

/** A folder that is gone after the test. */
export async function scratch(atEnd: AtEnd): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'models-'));
  atEnd(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A real HTTP server on loopback, closed after the test; returns its address. */
export async function serve(atEnd: AtEnd, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A ZIP archive; members named `*.gguf` are stored, the others deflated. */
export function zip(members: Record<string, Buffer>): Buffer {
  const body: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const [name, data] of Object.entries(members)) {
    const stored = name.endsWith('.gguf');
    const packed = stored ? data : deflateRawSync(data);
    const header = Buffer.alloc(46);
    header.writeUInt32LE(0x02014b50, 0);
    header.writeUInt16LE(20, 6);
    header.writeUInt16LE(stored ? 0 : 8, 10);
    header.writeUInt32LE(crc32(data), 16);
    header.writeUInt32LE(packed.length, 20);
    header.writeUInt32LE(data.length, 24);
    header.writeUInt16LE(Buffer.byteLength(name), 28);
    header.writeUInt32LE(at, 42);
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), header.subarray(6, 32)]);
    const piece = Buffer.concat([local, Buffer.from(name), packed]);
    central.push(header, Buffer.from(name));
    body.push(piece);
    at += piece.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(members).length, 8);
  end.writeUInt16LE(Object.keys(members).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...body, directory, end]);
}

/** CRC-32 of ZIP (polynomial 0xEDB88320). */
function crc32(data: Buffer): number {
  let crc = -1;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
