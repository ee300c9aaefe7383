import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@twin/pipecat-app/temporary-folder.fixture.js';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../../bench/servers.js';
import { must, run } from '../run-command.js';

/** The module `paths` of the playbooks, run on this machine. */
type Said = { changed: boolean; changed_paths: string[]; msg?: string };
let bin: string;
let folder: string;

beforeAll(async () => {
  bin = (await must([join(ROOT, 'testing/ansible/venv.sh')])).trim();
});
beforeEach(() => {
  folder = temporaryFolder();
});

const at = (name: string): string => join(folder, name);
const mode = async (name: string): Promise<string> => ((await stat(at(name))).mode & 0o7777).toString(8);

async function paths(wanted: object[], ...args: string[]): Promise<Said> {
  const me = { owner: String(process.getuid?.()), group: String(process.getgid?.()) };
  const given = JSON.stringify({ paths: wanted.map((one) => ({ ...me, ...one })) });
  const command = [
    '-i',
    'localhost,',
    '-c',
    'local',
    '-e',
    `ansible_python_interpreter=${bin}/python3`,
    'localhost',
    '-m',
    'paths',
    '-a',
    given,
    ...args,
  ];
  const { stdout, stderr } = await run([join(bin, 'ansible'), ...command], {
    env: {
      ...process.env,
      ANSIBLE_CONFIG: join(ROOT, 'ansible.cfg'),
      ANSIBLE_NOCOLOR: '1',
      ANSIBLE_CALLBACK_RESULT_FORMAT: 'json',
    },
  });
  const said = /^localhost \| \S+ => (\{[\s\S]*\})/m.exec(stdout)?.[1];
  if (!said) throw new Error(stdout + stderr);
  return JSON.parse(said) as Said;
}

test('makes folders and files, with their modes; the second time nothing', async () => {
  const wanted = [
    { path: at('a/b'), mode: '1730' },
    { path: at('a/file'), content: 'one\ntwo\n', mode: '0600' },
    { path: at('a/json'), content: '{"a": [1]}\n' },
  ];
  expect(await paths(wanted, '--check')).toMatchObject({ changed: true });
  expect(await readdir(folder)).toEqual([]);
  expect(await paths(wanted)).toMatchObject({ changed: true, changed_paths: wanted.map(({ path }) => path) });
  expect(await readFile(at('a/file'), 'utf8')).toBe('one\ntwo\n');
  expect(await readFile(at('a/json'), 'utf8')).toBe('{"a": [1]}\n');
  expect([await mode('a/b'), await mode('a/file'), await mode('a/json')]).toEqual(['1730', '600', '644']);
  expect(await paths(wanted)).toMatchObject({ changed: false, changed_paths: [] });
  expect((await readdir(at('a'))).sort()).toEqual(['b', 'file', 'json']);
});

test('mends what is otherwise, and says which', async () => {
  await mkdir(at('folder'), { mode: 0o777 });
  await writeFile(at('same'), 'a\n', { mode: 0o644 });
  await writeFile(at('open'), 'secret\n', { mode: 0o644 });
  await writeFile(at('other'), 'old\n', { mode: 0o600 });
  await symlink('/nowhere', at('link'));
  await chmod(at('folder'), 0o777);
  const wanted = [
    { path: at('folder') },
    { path: at('same'), content: 'a\n' },
    { path: at('open'), content: 'secret\n', mode: '0600' },
    { path: at('other'), content: 'new\n' },
    { path: at('link'), content: 'no link\n' },
  ];
  expect((await paths(wanted)).changed_paths).toEqual(['folder', 'open', 'other', 'link'].map(at));
  expect([await mode('folder'), await mode('open'), await mode('other')]).toEqual(['755', '600', '644']);
  expect(await readFile(at('other'), 'utf8')).toBe('new\n');
  expect(await readFile(at('link'), 'utf8')).toBe('no link\n');
  expect((await paths(wanted)).changed_paths).toEqual([]);
});

test('puts no file in the place of a folder, and no folder in that of a file', async () => {
  await mkdir(at('folder'));
  await writeFile(at('file'), 'a');
  expect(await paths([{ path: at('folder'), content: 'a' }])).toMatchObject({
    msg: expect.stringContaining('no file'),
  });
  expect(await paths([{ path: at('file') }])).toMatchObject({
    msg: expect.stringContaining('no folder'),
  });
  expect(await readFile(at('file'), 'utf8')).toBe('a');
});
