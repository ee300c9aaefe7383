import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TwinError } from '../../errors.js';

/** Where a picture comes from, as the owner of the agent set it; no caller can name another one. */
export type Source =
  | { kind: 'camera'; device: string }
  | { kind: 'file'; path: string }
  /** `url` without user and password, which are in `authorization`. */
  | { kind: 'http'; url: URL; authorization: string | undefined };

const EXAMPLES = 'v4l2:/dev/video0, file:/path/to/picture.jpg or http://host/snapshot.jpg';

/**
 * Reads `VISION_SOURCE`; undefined when it is empty.
 * @throws TwinError `TWIN_CONFIG`
 */
export function visionSource(setting: string): Source | undefined {
  if (setting === '') return undefined;
  const device = /^v4l2:(\/dev\/[\w./-]+)$/.exec(setting)?.[1];
  if (device !== undefined && !device.includes('..')) return { kind: 'camera', device };
  const path = pathIn(setting);
  if (path !== undefined) return { kind: 'file', path };
  if (/^https?:\/\//i.test(setting) && URL.canParse(setting)) {
    const url = new URL(setting);
    const { username, password } = url;
    url.username = '';
    url.password = '';
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const authorization = pair === ':' ? undefined : `Basic ${Buffer.from(pair).toString('base64')}`;
    return { kind: 'http', url, authorization };
  }
  throw new TwinError('TWIN_CONFIG', 'VISION_SOURCE names nothing that can be looked at.', {
    next: `Set it to ${EXAMPLES}.`,
  });
}

/** The source in words, without a password and without the query of an address, which may hold a key. */
export function spokenSource(source: Source): string {
  if (source.kind === 'camera') return `the camera ${source.device}`;
  return source.kind === 'file' ? `the file ${source.path}` : `the camera at ${source.url.host}`;
}

function pathIn(setting: string): string | undefined {
  const given = /^file:(.+)$/s.exec(setting)?.[1];
  if (given === undefined) return undefined;
  if (!given.startsWith('//')) return isAbsolute(given) ? given : undefined;
  try {
    return fileURLToPath(setting);
  } catch {
    return undefined;
  }
}
