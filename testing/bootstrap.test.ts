import { cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@twin/pipecat-app/temporary-folder.fixture.js';
import { beforeEach, expect, test } from 'vitest';
import { bash, library, ROOT } from './bash.fixture.js';

let home: string;
beforeEach(() => {
  home = temporaryFolder();
});

const bootstrap = (...args: string[]) => bash(home, ['bootstrap.sh', ...args]);

const FLAGS = [
  ...['--role all|controller|worker', '--controller-ip ADDRESS', '--join-token TOKEN', '--tags A,B'],
  ...['--external-model-server [URL]', '--purge-jobs', '--clean', '--continue', '--local', '--lan', '--no-start'],
  ...['--dry-run', '--yes', '--debug', '--help'],
];

test('--help explains every flag and ends well', async () => {
  const { code, out } = await bootstrap('--help');
  expect(code).toBe(0);
  for (const flag of FLAGS) expect(out).toContain(`  ${flag} `);
});

test('--dry-run says what it would do and changes nothing', async () => {
  const { code, out, err } = await bootstrap('--local', '--lan', '--dry-run');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('would build the speech engine for this CPU');
  expect(out).toContain('would make a certificate authority');
  expect(out).toContain('would start the agent in the foreground');
  expect(await readdir(home)).toEqual([]);
});

const WORKER = ['--role', 'worker', '--controller-ip', '192.0.2.1'];
test.each([
  ['an unknown flag', ['--local', '--fast'], 'unknown option --fast'],
  ['a stray word', ['--local', 'now'], "unexpected argument 'now'"],
  ['a missing URL', ['--local', '--external-model-server'], '--external-model-server needs a value'],
  ['a flag in place of the URL', ['--external-model-server', '--local'], '--external-model-server needs a value'],
  ['no URL anywhere', ['--external-model-server'], 'external_model_url in group_vars/local.yaml'],
  ['a URL of another scheme', ['--local', '--external-model-server', 'ftp://host'], 'needs an http or https URL'],
  ['a URL that would end a string', ['--external-model-server', 'http://host/"x'], 'needs an http or https URL'],
  ['a role without a name', ['--role'], '--role needs a value'],
  ['an empty role', ['--role='], '--role needs a value'],
  ['an unknown role', ['--role', 'queen'], "no role named 'queen'"],
  ['an address without a value', ['--controller-ip'], '--controller-ip needs a value'],
  ['a token without a value', ['--join-token', '--yes'], '--join-token needs a value'],
  ['tags without names', ['--tags'], '--tags needs a value'],
  ['tags that are none', ['--tags', 'nomad consul'], 'needs names with commas'],
  ['a worker of no controller', ['--role', 'worker'], '--role worker needs --controller-ip'],
  ['a controller by name', ['--role', 'worker', '--controller-ip', 'first'], 'needs an IPv4 address'],
  ['an address for a controller', ['--controller-ip', '192.0.2.1'], 'goes with --role worker only'],
  ['tags for a worker', [...WORKER, '--tags', 'nomad'], 'the controller brings a worker to its state'],
  ['a model server for a worker', [...WORKER, '--external-model-server', 'http://host'], 'is for the controller'],
  ['a purge by a worker', [...WORKER, '--purge-jobs'], 'is for the controller'],
  ['a role on one machine', ['--local', '--role', 'all'], '--role belongs to a cluster'],
  ['--continue on one machine', ['--local', '--continue'], '--continue belongs to a cluster'],
  ['--lan in a cluster', ['--lan'], 'goes with --local only'],
  ['--no-start in a cluster', ['--no-start'], 'goes with --local only'],
  ['what cannot be both', ['--clean', '--continue'], '--clean removes what --continue needs'],
])('%s ends with 2, says which, and shows the usage', async (_, args, words) => {
  const { code, out, err } = await bootstrap(...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(words);
  expect(err).toContain('usage: ');
});

test.each([
  ['v18.20.4', false],
  ['v20.18.9', false],
  ['v20.19.0', true],
  ['v24.1.0', true],
  ['v27.0.0', false],
])('Node %s is taken as it is: %s', async (version, fits) => {
  const script = `node() { echo ${version}; }; npm() { :; }; if node_fits; then echo yes; else echo no; fi`;
  expect((await library(home, script)).out).toBe(fits ? 'yes\n' : 'no\n');
});

test('npm packages and the build are due again exactly when their inputs change', async () => {
  const clone = join(home, 'clone');
  for (const part of ['scripts', 'package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'tsconfig.base.json'])
    await cp(join(ROOT, part), join(clone, part), { recursive: true });
  for (const part of ['pipecat-app/package.json', 'pipecat-app/web/package.json', 'testing/package.json'])
    await cp(join(ROOT, part), join(clone, part));
  const plan = async () =>
    (
      await bash(home, [
        '-c',
        `cd "${clone}"; . scripts/lib/stamp.sh; . scripts/lib/project.sh; plan_modules; echo; plan_build`,
      ])
    ).out.split('\n');
  expect(await plan()).toEqual([
    expect.stringContaining('install the npm'),
    expect.stringContaining('build the agent'),
  ]);
  const stamp = `mkdir -p node_modules pipecat-app/dist; touch pipecat-app/dist/main.js
    modules_inputs >"$MODULES_STAMP"; source_inputs >"$BUILD_STAMP"`;
  await bash(home, ['-c', `cd "${clone}"; . scripts/lib/stamp.sh; . scripts/lib/project.sh; ${stamp}`]);
  expect(await plan()).toEqual(['', '']);
  await writeFile(join(clone, 'pipecat-app/new.ts'), '');
  expect(await plan()).toEqual(['', expect.stringContaining('build the agent')]);
  await writeFile(join(clone, 'package-lock.json'), '{}');
  expect(await plan()).toEqual([
    expect.stringContaining('install the npm'),
    expect.stringContaining('build the agent'),
  ]);
});
