import { chmod, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@twin/pipecat-app/temporary-folder.fixture.js';
import { beforeEach, describe, expect, test } from 'vitest';
import { bash, type Result, ROOT } from './bash.fixture.js';

/** A clone on a machine whose systemd, apt and Ansible are stand-ins; the real ones: testing/lab/ansible/power-cut.long.test.ts. */
let home: string;
let clone: string;
let programs: string;

const PARTS = [
  'bootstrap.sh',
  'scripts',
  'inventory.yaml',
  'ansible.cfg',
  'playbook.yaml',
  'heal_cluster.yaml',
  'ansible',
  'group_vars',
];

beforeEach(async () => {
  home = temporaryFolder();
  clone = join(home, 'clone');
  programs = join(home, 'programs');
  await mkdir(programs);
  for (const part of PARTS) await cp(join(ROOT, part), join(clone, part), { recursive: true });
  await rm(join(clone, 'group_vars/local.yaml'), { force: true });
  const local = join(clone, 'scripts/lib/local.sh');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: bash
  const told = '${MODEL_SERVER:+ $MODEL_SERVER}';
  await writeFile(local, `\nrun_local() { echo "agent$(flag $ASSUME_YES ' --yes')${told}" >>"$HOME/calls"; }\n`, {
    flag: 'a',
  });
  await program('systemctl', 'echo running');
  await program('hostname', 'echo Node1');
  await program('ip', "echo '192.0.2.1 via 10.77.0.1 dev host0 src 10.77.0.11 uid 0'");
  await program('dpkg-query', "echo 'install ok installed'");
  await program('dpkg', ':');
  await program('id', 'if [ "$1" = -un ]; then echo root; else echo 0; fi');
  await program('ansible-playbook', 'echo "$@" >>"$HOME/calls"; exit $ANSIBLE_ENDS');
});

async function program(name: string, body: string): Promise<void> {
  await writeFile(join(programs, name), `#!/bin/bash\n${body}\n`);
  await chmod(join(programs, name), 0o755);
}

const bootstrap = (args: string[] = [], env: Record<string, string> = {}): Promise<Result> =>
  bash(home, [join(clone, 'bootstrap.sh'), ...args], { PATH: `${programs}:${process.env.PATH}`, ...env });
const played = async (): Promise<string[]> => (await calls()).filter((call) => call.startsWith('playbook.yaml'));
const calls = async (): Promise<string[]> =>
  (await readFile(join(home, 'calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
const own = (): Promise<string> => readFile(join(clone, 'group_vars/local.yaml'), 'utf8');

test('no flag: this machine is the first controller, the playbooks run, and the end says where things are', async () => {
  const { code, out } = await bootstrap();
  expect(code).toBe(0);
  expect(await calls()).toEqual(['agent', 'playbook.yaml', 'heal_cluster.yaml']);
  const inventory = await readFile(join(clone, 'inventory.yaml'), 'utf8');
  expect(inventory).toContain('node1:\n          ansible_connection: local\n          ansible_host: 10.77.0.11\n');
  for (const line of [
    ...['https://10.77.0.11:8000', 'http://127.0.0.1:8500', 'http://127.0.0.1:4646'],
    ...['/etc/consul.d/management_token', '/etc/nomad.d/management_token', 's  playbook.yaml', 's  in all'],
  ])
    expect(out).toContain(line);
  expect((await stat(join(home, '.ssh/id_ed25519'))).mode & 0o777).toBe(0o600);
});

test('a machine without systemd is told of --local', async () => {
  await program('systemctl', 'echo offline; exit 1');
  const { code, err } = await bootstrap();
  expect(code).toBe(1);
  expect(err).toContain('systemd does not manage this machine');
  expect(err).toContain('./bootstrap.sh --local');
  expect(await calls()).toEqual([]);
});

test('--dry-run names the phases and changes nothing', async () => {
  const { code, out } = await bootstrap(['--dry-run', '--purge-jobs']);
  expect(code).toBe(0);
  expect(out).toBe(
    'would do: packages\nwould do: inventory\nwould do: packages of the agent\nwould do: agent\nwould do: purge of jobs\nwould do: playbook.yaml\nwould do: heal_cluster.yaml\n',
  );
  expect(await readFile(join(clone, 'inventory.yaml'))).toEqual(await readFile(join(ROOT, 'inventory.yaml')));
  await expect(stat(join(clone, '.bootstrap_state.json'))).rejects.toThrow('ENOENT');
});

test('--role, --tags, --debug and the model server reach the playbook; own settings stay', async () => {
  await writeFile(join(clone, 'group_vars/local.yaml'), '---\n# mine\nnomad_raw_exec: true\n');
  const { code, out } = await bootstrap([
    ...['--role=controller', '--tags', 'consul,nomad', '--debug', '--external-model-server', 'http://10.0.0.9:8080/v1'],
  ]);
  expect(code).toBe(0);
  expect(await calls()).toEqual(['playbook.yaml --tags consul,nomad -vvvv']);
  expect(out).not.toContain(':8000');
  expect(await own()).toBe(
    '---\n# mine\nnomad_raw_exec: true\ninfrastructure_only: true\nexternal_model_url: "http://10.0.0.9:8080/v1"\nexternal_model_server: true\n',
  );
  const log = join(clone, 'playbook_output.log');
  expect(await readFile(log, 'utf8')).toContain('==> playbook.yaml');
  expect((await stat(log)).mode & 0o777).toBe(0o600);
  await bootstrap(['--external-model-server', '--yes']);
  expect(await calls()).toContain('agent --yes');
  expect(await own()).toMatch(/http:\/\/10\.0\.0\.9:8080\/v1[\s\S]*infrastructure_only: false\n$/);
});

test('the exit code is that of the first playbook that fails, and the way on is named', async () => {
  const { code, err } = await bootstrap([], { ANSIBLE_ENDS: '4' });
  expect(code).toBe(4);
  expect(err).toContain('playbook.yaml ended with code 4');
  expect(err).toContain('./bootstrap.sh --continue');
});

test('another first controller than this machine is refused before anything runs', async () => {
  await bash(home, ['-c', `cd "${clone}" && scripts/inventory.py first other 10.77.0.15`]);
  const { code, err } = await bootstrap();
  expect([code, await calls()]).toEqual([1, []]);
  expect(err).toContain('the first controller is other, not this machine');
});

describe('--continue', () => {
  test('runs what is not done, and only that', async () => {
    expect((await bootstrap([], { ANSIBLE_ENDS: '2' })).code).toBe(2);
    expect((await bootstrap(['--continue'])).code).toBe(0);
    expect(await played()).toHaveLength(2);
    const { code, out } = await bootstrap(['--continue']);
    expect(code).toBe(0);
    expect(out).toContain('playbook.yaml is done already');
    expect(await played()).toHaveLength(2);
  });

  test.each([
    ['--role controller', ['--role', 'controller'], 'had --role all, this one has --role controller'],
    ['--tags', ['--tags', 'nomad'], 'had no --tags, this one has --tags nomad'],
    [
      'a model server',
      ['--external-model-server', 'http://h'],
      'had no --external-model-server, this one has --external',
    ],
  ])('with %s, which the run before had not, ends with 2 and says so', async (_, args, words) => {
    await bootstrap();
    const { code, err } = await bootstrap(['--continue', ...args]);
    expect([code, await played()]).toEqual([2, ['playbook.yaml']]);
    expect(err).toContain(words);
  });

  test.each(['playbook.yaml', 'ansible/roles/consul/tasks/main.yml', 'group_vars/all.yaml'])(
    'after a change of %s says that it runs again',
    async (file) => {
      await bootstrap();
      await writeFile(join(clone, file), '\n# changed\n', { flag: 'a' });
      const { code, out } = await bootstrap(['--continue']);
      expect(code).toBe(0);
      expect(out).toContain('has changed since: it runs again');
      expect(await played()).toHaveLength(2);
    },
  );

  test.each([
    ['none', undefined],
    ['a damaged one', '{"options": {'],
  ])('with no state to go on with (%s) begins at the beginning', async (_, state) => {
    if (state) await writeFile(join(clone, '.bootstrap_state.json'), state);
    const { code, out } = await bootstrap(['--continue']);
    expect([code, await played()]).toEqual([0, ['playbook.yaml']]);
    expect(out).toContain('nothing to go on with');
  });
});

test('two at a time: the second one waits for nobody and says why', async () => {
  await program(
    'ansible-playbook',
    `[ ! -e "$HOME/calls" ] || exit 0; mkfifo "$HOME/gate" && touch "$HOME/calls" && read -r _ <"$HOME/gate"`,
  );
  const first = bootstrap();
  await expect.poll(() => stat(join(home, 'calls')).catch(() => undefined)).toBeDefined();
  expect((await bootstrap()).err).toContain('Another bootstrap is running here');
  await writeFile(join(home, 'gate'), 'go on\n');
  expect((await first).code).toBe(0);
});

describe('--clean', () => {
  beforeEach(async () => {
    await bash(home, [
      '-c',
      `cd "${clone}" && git init -q && git add -A && git -c user.name=t -c user.email=t@t commit -qm 1`,
    ]);
    await writeFile(join(clone, 'left-over'), '');
    await writeFile(join(clone, 'group_vars/local.yaml'), '---\nmine: 1\n');
  });

  test('asks, and without anyone to answer removes nothing', async () => {
    const { code, err } = await bootstrap(['--clean']);
    expect(code).toBe(2);
    expect(err).toContain('add --yes');
    await stat(join(clone, 'left-over'));
  });

  test('with --yes removes what git does not know, but not own settings', async () => {
    expect((await bootstrap(['--clean', '--yes'])).code).toBe(0);
    await expect(stat(join(clone, 'left-over'))).rejects.toThrow('ENOENT');
    expect(await own()).toContain('mine: 1');
  });
});

test('a worker without a token and without a terminal is told where to get one', async () => {
  const { code, err } = await bootstrap(['--role', 'worker', '--controller-ip', '10.77.0.11']);
  expect(code).toBe(2);
  expect(err).toContain('sudo scripts/join-token.sh');
});

test("a worker's token is checked before anything is tried", async () => {
  const worker = ['--role', 'worker', '--controller-ip', '10.77.0.11'];
  const { code, err } = await bootstrap(worker, { TWIN_JOIN_TOKEN: 'twin1.AAAA' });
  expect(code).toBe(2);
  expect(err).toContain('this is no token to join with');
});
