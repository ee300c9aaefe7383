import type { ServerEvent } from '../../../src/server/protocol.js';

/** Bytes before the samples of a binary message: u32 turn, u32 first sample, little endian. */
const HEADER_BYTES = 8;

export type AudioChunk = { turn: number; at: number; samples: Int16Array };

/** Null for a message that is too short to hold a sample. An odd last byte is dropped. */
export function readAudio(message: ArrayBuffer): AudioChunk | null {
  if (message.byteLength < HEADER_BYTES + 2) return null;
  const header = new DataView(message);
  const samples = new Int16Array(message, HEADER_BYTES, (message.byteLength - HEADER_BYTES) >> 1);
  return { turn: header.getUint32(0, true), at: header.getUint32(4, true), samples };
}

/** Null for anything that is not one of the server's envelopes. */
export function readEvent(message: string): ServerEvent | null {
  try {
    const value: unknown = JSON.parse(message);
    const fits = typeof value === 'object' && value !== null && 'type' in value && 'data' in value;
    return fits ? (value as ServerEvent) : null;
  } catch {
    return null;
  }
}
