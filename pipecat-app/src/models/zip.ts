import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { TwinError } from '../errors.js';

/** One file inside an archive; sizes in bytes. Field layout: PKWARE APPNOTE 4.3.12 and 4.3.7. */
interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerAt: number;
}

const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;
const STORED = 0;
const DEFLATED = 8;

/**
 * Streams one member of a ZIP archive (a wheel is one). Archives over 4 GB are not supported.
 * @throws TwinError `TWIN_ARCHIVE` when the archive is damaged or has no such member.
 */
export async function openMember(path: string, member: string): Promise<{ stream: Readable; bytes: number }> {
  const file = await open(path);
  try {
    const entry = (await directory(file)).find(({ name }) => name === member);
    if (!entry) throw new TwinError('TWIN_ARCHIVE', `The archive has no member ${member}.`);
    const header = await read(file, entry.headerAt, 30);
    if (header.readUInt32LE(0) !== 0x04034b50) throw damaged();
    const start = entry.headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    const packed = createReadStream(path, { start, end: start + entry.packedBytes - 1, highWaterMark: 1 << 18 });
    if (entry.method === STORED) return { stream: packed, bytes: entry.bytes };
    if (entry.method !== DEFLATED) throw damaged();
    const inflate = createInflateRaw();
    packed.on('error', (error) => inflate.destroy(error));
    inflate.on('close', () => packed.destroy());
    return { stream: packed.pipe(inflate), bytes: entry.bytes };
  } finally {
    await file.close();
  }
}

/** The whole of a small or middling member in memory. */
export async function readMember(path: string, member: string, signal: AbortSignal): Promise<Buffer> {
  const { stream, bytes } = await openMember(path, member);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    signal.throwIfAborted();
    chunks.push(chunk as Buffer);
  }
  const whole = Buffer.concat(chunks);
  if (whole.length !== bytes) throw damaged();
  return whole;
}

async function directory(file: FileHandle): Promise<Entry[]> {
  const { size } = await file.stat();
  const tail = await read(
    file,
    Math.max(0, size - END_BYTES - MAX_COMMENT_BYTES),
    Math.min(size, END_BYTES + MAX_COMMENT_BYTES),
  );
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || end + END_BYTES > tail.length) throw damaged();
  const count = tail.readUInt16LE(end + 10);
  const central = await read(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: Entry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > central.length || central.readUInt32LE(at) !== 0x02014b50) throw damaged();
    const nameBytes = central.readUInt16LE(at + 28);
    entries.push({
      method: central.readUInt16LE(at + 10),
      packedBytes: central.readUInt32LE(at + 20),
      bytes: central.readUInt32LE(at + 24),
      headerAt: central.readUInt32LE(at + 42),
      name: central.toString('utf8', at + 46, at + 46 + nameBytes),
    });
    at += 46 + nameBytes + central.readUInt16LE(at + 30) + central.readUInt16LE(at + 32);
  }
  return entries;
}

async function read(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, at);
  if (bytesRead !== bytes) throw damaged();
  return buffer;
}

const damaged = () => new TwinError('TWIN_ARCHIVE', 'The archive is damaged or of an unknown form.');
