import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../temporary-folder.fixture.js';
import { Personas } from '../personas.js';
import { PromptFiles } from './prompt-files.js';
import { KEPT, PromptVersions } from './prompt-versions.js';

const OLD = 'You are Twin.\n';

let folder: string;
let home: string;
let now: number;
let versions: PromptVersions;
let files: PromptFiles;
beforeEach(() => {
  folder = temporaryFolder();
  home = join(temporaryFolder(), 'prompt-versions');
  now = Date.UTC(2026, 0, 1);
  writeFileSync(join(folder, 'router.txt'), OLD, { mode: 0o640 });
  versions = new PromptVersions(home, () => now++);
  files = new PromptFiles(folder, versions);
});

const etag = async (name = 'router.txt') => (await files.read(name)).etag;
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');
const refusal = (code: string) => expect.objectContaining({ code, next: expect.stringMatching(/\./) });

it('lists prompts alone, Twin itself first', async () => {
  for (const name of ['zoo_expert.txt', 'art_expert.txt', 'commands.yaml', 'notes.txt', '.router.txt.new'])
    writeFileSync(join(folder, name), 'x');
  mkdirSync(join(folder, 'folder_expert.txt'));
  symlinkSync('/etc/passwd', join(folder, 'link_expert.txt'));
  const all = await files.list();
  expect(all.map(({ name }) => name)).toEqual(['router.txt', 'commands.yaml', 'art_expert.txt', 'zoo_expert.txt']);
  expect(all[0]).toMatchObject({ kind: 'persona', bytes: OLD.length });
});

it('saves at once, keeps what was there, and leaves the rights of the file', async () => {
  const saved = await files.save('router.txt', 'You are Nobody.', await etag());
  expect(await files.read('router.txt')).toEqual(saved);
  expect(statSync(join(folder, 'router.txt')).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder)).toEqual(['router.txt']);
  const [version] = await versions.list('router.txt');
  expect(version).toMatchObject({ ts: '2026-01-01T00:00:00.000Z', bytes: OLD.length });
  expect(await versions.read('router.txt', version?.id ?? '')).toBe(OLD);
  expect(statSync(join(home, 'router.txt', version?.id ?? '')).mode & 0o777).toBe(0o600);
});

it('is what the mind answers with from the next turn on', async () => {
  const personas = new Personas(folder);
  expect(personas.router().text).toBe('You are Twin.');
  await files.save('router.txt', 'You are Iris.', await etag());
  expect(personas.router().text).toBe('You are Iris.');
  expect(personas.expert('garden').text).toBe('You are Iris.');
  await files.save('garden_expert.txt', 'You garden.', null);
  expect(personas.expert('garden').text).toBe('You garden.');
});

it('replaces only the text that its writer knew', async () => {
  const known = await etag();
  writeFileSync(join(folder, 'router.txt'), 'Changed by an editor.');
  await expect(files.save('router.txt', 'Mine.', known)).rejects.toEqual(refusal('TWIN_PROMPT_CHANGED'));
  await expect(files.save('router.txt', 'Mine.', null)).rejects.toThrow('There is one of this name.');
  await expect(files.save('new_expert.txt', 'Mine.', known)).rejects.toThrow('not there any more');
  expect(textOf('router.txt')).toBe('Changed by an editor.');
});

it('lets one of two win who save at the same time', async () => {
  const known = await etag();
  const both = await Promise.allSettled(['One.', 'Two.'].map((text) => files.save('router.txt', text, known)));
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(textOf('router.txt')).toBe('One.');
});

it('saves nothing that could not be read, and follows no link', async () => {
  await expect(files.save('router.txt', '---\nUser: a', await etag())).rejects.toEqual(refusal('TWIN_PROMPT_INVALID'));
  expect(textOf('router.txt')).toBe(OLD);
  symlinkSync('/etc/passwd', join(folder, 'link_expert.txt'));
  await expect(files.read('link_expert.txt')).rejects.toEqual(refusal('TWIN_PROMPT_FILE'));
  writeFileSync(join(folder, 'bad_expert.txt'), Buffer.from([0x41, 0xff]));
  await expect(files.read('bad_expert.txt')).rejects.toEqual(refusal('TWIN_PROMPT_FILE'));
});

it.each(['EROFS', 'EACCES', 'EPERM'])('says what to do where the folder may not be written: %s', async (code) => {
  const refused = new PromptFiles(folder, versions, async () => {
    throw Object.assign(new Error(code), { code });
  });
  const saving = refused.save('router.txt', 'Mine.', await etag());
  await expect(saving).rejects.toEqual(refusal('TWIN_PROMPTS_READ_ONLY'));
  await expect(saving).rejects.toMatchObject({ next: expect.stringContaining('TWIN_PROMPTS') });
  expect(textOf('router.txt')).toBe(OLD);
});

it('replaces nothing when what was there cannot be kept', async () => {
  writeFileSync(home, 'a file where the folder should be');
  await expect(files.save('router.txt', 'Mine.', await etag())).rejects.toEqual(refusal('TWIN_PROMPT_VERSIONS'));
  expect(textOf('router.txt')).toBe(OLD);
});

it('keeps the newest versions, and no text twice in a row', async () => {
  for (let i = 0; i < KEPT + 3; i++) await files.save('router.txt', `Version ${i}.`, await etag());
  await files.save('router.txt', `Version ${KEPT + 2}.`, await etag());
  const kept = await versions.list('router.txt');
  expect(kept).toHaveLength(KEPT);
  expect(await versions.read('router.txt', kept[0]?.id ?? '')).toBe(`Version ${KEPT + 1}.`);
  expect(await versions.read('router.txt', kept.at(-1)?.id ?? '')).toBe('Version 2.');
});

it.each(['', '..', '../../router.txt', '20260101T000000000Z-zzzzzzzzzzzz'])('finds no version %j', async (id) => {
  await files.save('router.txt', 'Mine.', await etag());
  await expect(versions.read('router.txt', id)).rejects.toEqual(refusal('TWIN_NOT_FOUND'));
});
