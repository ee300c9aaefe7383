import { execFile } from 'node:child_process';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@twin/pipecat-app/temporary-folder.fixture.js';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Result, ROOT } from './bash.fixture.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = temporaryFolder();
  file = join(folder, 'inventory.yaml');
  await writeFile(file, await readFile(join(ROOT, 'inventory.yaml')));
});

const inventory = (...args: string[]): Promise<Result> =>
  new Promise((resolve) => {
    execFile('python3', [join(ROOT, 'scripts/inventory.py'), '--file', file, ...args], (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
const text = (): Promise<string> => readFile(file, 'utf8');
type Hosts = Record<string, Record<string, unknown> | null> | null;
type Shape = {
  all: { children: { controller_nodes: { hosts: Hosts }; workers: { children: { worker_nodes: { hosts: Hosts } } } } };
};
const controllers = (yaml: string): Hosts => (parse(yaml) as Shape).all.children.controller_nodes.hosts;
const workers = (yaml: string): Hosts => (parse(yaml) as Shape).all.children.workers.children.worker_nodes.hosts;
const comments = (yaml: string): string[] =>
  yaml.split('\n').flatMap((line) => /(^|\s)#.*/.exec(line)?.[0].trim() ?? []);

test('the first machine takes the place of the one that the file comes with; workers come, move and go', async () => {
  const before = await text();
  expect((await inventory('first', 'node1', '10.77.0.11')).code).toBe(0);
  expect((await inventory('add-worker', 'node2', '10.77.0.12')).code).toBe(0);
  expect((await inventory('add-worker', 'node3', '10.77.0.13', 'person')).code).toBe(0);
  expect(controllers(await text())).toEqual({ node1: { ansible_connection: 'local', ansible_host: '10.77.0.11' } });
  expect((await inventory('move', 'node3', 'controller_nodes')).code).toBe(0);
  expect((await inventory('list')).out).toBe(
    'controller_nodes\tnode1\t10.77.0.11\t-\ncontroller_nodes\tnode3\t10.77.0.13\tperson\nworker_nodes\tnode2\t10.77.0.12\troot\n',
  );
  for (const name of ['node2', 'node3']) expect((await inventory('remove', name)).code).toBe(0);
  expect(workers(await text())).toEqual({});
  expect(comments(await text())).toEqual(comments(before));
});

test('again is nothing: not a byte changes', async () => {
  await inventory('add-worker', 'node2', '10.77.0.12');
  const [before, written] = [await text(), await stat(file)];
  expect((await inventory('add-worker', 'node2', '10.77.0.12')).out).toBe('node2 is in worker_nodes already\n');
  expect([await text(), (await stat(file)).ino]).toEqual([before, written.ino]);
});

describe('a machine with variables and comments of its own', () => {
  const OWN = `all:
  children:
    controller_nodes:
      hosts:
        node1: { ansible_connection: local }   # here
    worker_nodes:
      hosts:
        # In the cellar.
        node2:
          ansible_host: 10.77.0.12
          # Its second link.
          cluster_address: 10.78.0.12
          hosts: not a group
          node3: neither

        "9lives": { ansible_host: 10.77.0.19 }
        # Nothing behind this.
    pxe_server:
      hosts:
        node1:
`;
  beforeEach(() => writeFile(file, OWN));

  test('moves as it is, and back', async () => {
    expect((await inventory('move', 'node2', 'controller_nodes')).code).toBe(0);
    expect(await text()).toBe(`all:
  children:
    controller_nodes:
      hosts:
        node1: { ansible_connection: local }   # here
        # In the cellar.
        node2:
          ansible_host: 10.77.0.12
          # Its second link.
          cluster_address: 10.78.0.12
          hosts: not a group
          node3: neither
    worker_nodes:
      hosts:

        "9lives": { ansible_host: 10.77.0.19 }
        # Nothing behind this.
    pxe_server:
      hosts:
        node1:
`);
  });

  test('is found, refused and removed by its name, quoted or not, wherever it is named', async () => {
    expect((await inventory('add-worker', 'node4', '10.77.0.19')).err).toContain('10.77.0.19 is 9lives already');
    expect((await inventory('remove', '9lives')).code).toBe(0);
    expect((await inventory('move', 'node2', 'controller_nodes')).code).toBe(0);
    expect((await inventory('remove', 'node1')).code).toBe(0);
    expect((await inventory('list')).out).toBe('controller_nodes\tnode2\t10.77.0.12\t-\n');
    expect(await text()).toContain('# Nothing behind this.\n');
  });

  test('the file before and the mode of the file are kept; nothing else is left in the folder', async () => {
    await chmod(file, 0o640);
    await inventory('remove', '9lives');
    expect(await readFile(`${file}.bak`, 'utf8')).toBe(OWN);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await readdir(folder)).sort()).toEqual(['inventory.yaml', 'inventory.yaml.bak']);
  });
});

test.each([
  [2, 'which command?', []],
  [2, "no command 'grow'", ['grow']],
  [2, 'wrong number of arguments', ['add-worker', 'node2']],
  [2, "'Node 2' cannot be a name", ['add-worker', 'Node 2', '10.77.0.12']],
  [2, "'10.77.0.300' is no IPv4 address", ['add-worker', 'node2', '10.77.0.300']],
  [2, "'a:b' cannot be a user", ['add-worker', 'node2', '10.77.0.12', 'a:b']],
  [2, "not to 'pxe_server'", ['move', 'controller', 'pxe_server']],
  [2, 'unrecognized', ['list', '--now']],
  [3, 'node5 is not in the inventory', ['remove', 'node5']],
  [3, 'controller is in controller_nodes already', ['add-worker', 'controller', '10.77.0.12']],
])('misuse ends with %i: %s', async (code, words, args) => {
  const before = await text();
  const result = await inventory(...args);
  expect({ code: result.code, out: result.out }).toEqual({ code, out: '' });
  expect(result.err).toContain(`error: `);
  expect(result.err).toContain(words);
  expect(await text()).toBe(before);
});

test.each([
  ['machines in braces', 'all:\n  children:\n    worker_nodes:\n      hosts: { node2: {} }\n'],
  ['no line hosts:', 'all:\n  children:\n    worker_nodes:\n'],
  ['begins with a tab', 'all:\n\tchildren:\n'],
])('a file that is not understood is left alone: %s', async (words, yaml) => {
  await writeFile(file, yaml);
  const { code, err } = await inventory('add-worker', 'node2', '10.77.0.12');
  expect(code).toBe(1);
  expect(err).toContain(words);
  expect(await text()).toBe(yaml);
});

test('the only controller stays as long as there are workers, and another first one is refused', async () => {
  await inventory('first', 'node1', '10.77.0.11');
  await inventory('add-worker', 'node2', '10.77.0.12');
  for (const command of [
    ['remove', 'node1'],
    ['move', 'node1', 'worker_nodes'],
  ])
    expect(await inventory(...command)).toMatchObject({
      code: 3,
      err: expect.stringContaining('node1 is the only controller'),
    });
  expect((await inventory('first', 'node7', '10.77.0.17')).err).toContain(
    'the first controller is node1, not this machine',
  );
});

test('machines that come at the same time are all there', async () => {
  const numbers = [2, 3, 4, 5, 6, 7];
  await Promise.all(numbers.map((n) => inventory('add-worker', `node${n}`, `10.77.0.1${n}`)));
  expect(Object.keys(workers(await text()) ?? {}).sort()).toEqual(numbers.map((n) => `node${n}`));
});

const blank = fc.constantFrom('', '\n', '        # about what comes next\n', '# far left\n', '\n        # apart\n\n');
const host = fc.record({
  before: blank,
  flow: fc.boolean(),
  variables: fc.dictionary(
    fc.constantFrom('cluster_address', 'rack', 'ansible_user'),
    fc.constantFrom('a', '10.1.1.1', '"x # y"'),
  ),
});
const writeHost = ({ before, flow, variables }: { before: string; flow: boolean; variables: object }, name: string) => {
  const pairs = Object.entries(variables).map(([key, value]) => `${key}: ${value}`);
  if (flow && pairs.length > 0) return `${before}        ${name}: { ${pairs.join(', ')} } # own\n`;
  return `${before}        ${name}:\n${pairs.map((pair) => `          ${pair}\n          # of ${name}\n`).join('')}`;
};

test('whatever the file looks like: others, order and comments survive an arrival, a move and a departure', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(host, { minLength: 1, maxLength: 3 }),
      fc.array(host, { minLength: 1, maxLength: 3 }),
      blank,
      async (first, second, tail) => {
        const yaml = `# top\nall:\n  children:\n    controller_nodes: # servers\n      hosts:\n${first.map((h, i) => writeHost(h, `c${i}`)).join('')}${tail}    worker_nodes:\n      hosts:\n${second.map((h, i) => writeHost(h, `w${i}`)).join('')}${tail}    pxe_server:\n      hosts: {} # none\n`;
        await writeFile(file, yaml);
        type Groups = Record<string, { hosts: Record<string, unknown> }>;
        const groups = (source: string): Groups => (parse(source) as { all: { children: Groups } }).all.children;
        const before = groups(yaml);
        expect((await inventory('add-worker', 'fresh', '10.9.9.9')).code).toBe(0);
        const added = await text();
        const fresh = { ansible_host: '10.9.9.9', ansible_user: 'root' };
        const { pxe_server, controller_nodes, worker_nodes } = before as Required<Groups>;
        expect(groups(added)).toEqual({
          pxe_server,
          controller_nodes,
          worker_nodes: { hosts: { ...worker_nodes?.hosts, fresh } },
        });
        expect(added.split('\n').filter((line) => !/fresh|10\.9\.9\.9|ansible_user: root/.test(line))).toEqual(
          yaml.split('\n'),
        );
        expect((await inventory('move', 'w0', 'controller_nodes')).code).toBe(0);
        const moved = groups(await text());
        expect(Object.entries(moved.controller_nodes?.hosts ?? {})).toEqual([
          ...Object.entries(controller_nodes?.hosts ?? {}),
          ['w0', worker_nodes?.hosts.w0],
        ]);
        expect(comments(await text()).sort()).toEqual(comments(yaml).sort());
        expect((await inventory('move', 'w0', 'worker_nodes')).code).toBe(0);
        expect((await inventory('remove', 'fresh')).code).toBe(0);
        expect(groups(await text())).toEqual(before);
        expect(comments(await text()).sort()).toEqual(comments(yaml).sort());
      },
    ),
    { numRuns: 25 },
  );
});
