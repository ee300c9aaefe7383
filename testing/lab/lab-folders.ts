import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TwinError } from '@twin/pipecat-app/errors.js';

/** The repository; the same from this file and from the built one, which lies one folder deeper. */
const ROOT = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../..' : '../..', import.meta.url));

/** A program of the lab that runs as a process of its own. */
export const program = (name: string): string => join(ROOT, 'testing', 'dist', 'lab', `${name}.js`);

/** Where everything of the labs is kept: nothing of it is worth a backup. */
function cache(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'twin');
}

/** Base systems, shared by all labs; one folder for each recipe. */
export const baseFolder = (): string => join(cache(), 'lab-base');
/** What nodes have downloaded, shared by all labs. */
export const packageCache = (): string => join(cache(), 'lab-cache');
/** One lab's keys, disks and state. */
export const labFolder = (name: string): string => join(cache(), 'lab', checkName(name));

/** The name of the lab where nobody gives one: `TWIN_LAB`, else `twin`. */
export const defaultName = (): string => checkName(process.env.TWIN_LAB || 'twin');

/** @throws TwinError `TWIN_LAB_NAME` for a name that cannot be part of a network's and a folder's name */
export function checkName(name: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,22}[a-z0-9])?$/.test(name)) return name;
  throw new TwinError('TWIN_LAB_NAME', `'${name}' cannot be the name of a lab.`, {
    next: 'Use up to 24 small letters, digits and hyphens, for example TWIN_LAB=mine.',
  });
}
