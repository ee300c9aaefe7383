import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A picture of one colour, in the format that the ending of its name says. */
export function picture(folder: string, name: string, size = '640x480', colour = 'blue'): string {
  const path = join(folder, name);
  const source = ['-f', 'lavfi', '-i', `color=c=${colour}:s=${size}`, '-frames:v', '1'];
  execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...source, path]);
  return path;
}

/** The head of a PNG that says it has so many pixels, and nothing behind it that could be one. */
export function hugePng(width: number, height: number): Buffer {
  const head = Buffer.alloc(33);
  head.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  head.set([8, 2, 0, 0, 0], 24);
  return head;
}
