import type { ServerResponse } from 'node:http';
import type { Seen } from '../loopback.fixture.js';

/** What each task of a scripted Nomad has written. */
const WRITTEN: Record<string, string> = {
  stdout: [1, 2, 3, 4, 5].map((n) => `line ${n}\n`).join(''),
  stderr: [1, 2, 3, 4, 5].map((n) => `warning ${n}\n`).join(''),
};

export const logFiles = (): object[] =>
  Object.entries(WRITTEN).map(([type, text]) => ({ Name: `lines.${type}.0`, IsDir: false, Size: text.length }));

/** Frames without line breaks between them, as Nomad writes them. */
export function streamLog({ query }: Seen, response: ServerResponse): void {
  const type = query.get('type') ?? 'stdout';
  const text = (WRITTEN[type] ?? '').slice(Number(query.get('offset') ?? 0));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{}');
  for (const piece of text.match(/.*\n/g) ?? []) response.write(frame(piece, `alloc/logs/lines.${type}.0`));
  if (query.get('follow') !== 'true') response.end();
}

export const frame = (data: string, File: string, FileEvent?: string): string =>
  JSON.stringify({ Offset: 1, Data: Buffer.from(data).toString('base64'), File, FileEvent });
