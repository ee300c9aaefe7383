import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../bench/servers.js';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { asManager, on } from './on-node.js';
import { type Played, play } from './playbook.js';

/** What is made once on the machine that runs Ansible, and how two nodes get it. */
const MINUTES = 60_000;
let lab: Lab;
let first: LabNode;
let worker: LabNode;
/** Has no part in the cluster. */
let stranger: LabNode;

beforeAll(async () => {
  lab = await openLab({ name: 'release-nodes', nodes: 3 });
  [first, worker, stranger] = lab.nodes as [LabNode, LabNode, LabNode];
}, 5 * MINUTES);
afterAll(() => lab?.close());

const converge = (...args: string[]): Promise<Played> =>
  play(lab, 'playbook.yaml', { controllers: [first], workers: [worker], args });
const report = (what: string, { seconds }: Played): void => console.info(`${what}: ${seconds.toFixed(1)} s`);
const flat = (text: string): string => text.replace(/\s*\n\s*/g, ' ');

type Manifest = { id: string; files: { name: string; bytes: number; sha256: string }[] };
const release = (out: string, ...args: string[]): string =>
  execFileSync(join(ROOT, 'scripts/release.sh'), ['--no-pull', '--out', out, ...args], { encoding: 'utf8' });

describe('release.sh', () => {
  let out: string;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'twin-release-'));
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  test('makes what its manifest says, and the second time nothing', { timeout: 20 * MINUTES }, async () => {
    const folder = release(out).trim().split('\n').at(-1) as string;
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
    const sums = manifest.files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
    execFileSync('sha256sum', ['--check', '--quiet'], { cwd: folder, input: sums });
    for (const { name, bytes } of manifest.files) expect((await stat(join(folder, name))).size).toBe(bytes);

    const before = await stat(join(folder, 'app.tar.zst'));
    const began = performance.now();
    expect(manifest.files.some(({ name }) => name.startsWith('models/'))).toBe(true);
    expect(release(out)).toBe(`the release ${manifest.id} is there\n${folder}\n`);
    console.info(`the release, again: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    expect((await stat(join(folder, 'app.tar.zst'))).ino).toBe(before.ino);
    expect((await readdir(out)).filter((name) => !name.startsWith('.'))).toEqual([manifest.id]);
  });

  test('a class more is added; the release stays the same one', { timeout: 20 * MINUTES }, async () => {
    const folder = release(out).trim().split('\n').at(-1) as string;
    const app = (await stat(join(folder, 'app.tar.zst'))).ino;
    expect(release(out, '--class', 'core2').trim().split('\n').at(-1)).toBe(folder);
    expect((await readdir(folder)).filter((name) => name.startsWith('llama-')).length).toBeGreaterThan(1);
    expect((await stat(join(folder, 'app.tar.zst'))).ino).toBe(app);
  });
});

describe.each(['depot', 'llama', 'speech'])('role %s', (role) => {
  test('brings both nodes there', { timeout: 15 * MINUTES }, async () => {
    if (role === 'depot') {
      const base = await converge('--tags', 'preflight,common,consul,nomad');
      expect(base.code, base.text).toBe(0);
    }
    const run = await converge('--tags', role);
    report(`role ${role}, controller and worker`, run);
    expect(run.code, run.text).toBe(0);
    expect(run.changes.length).toBeGreaterThan(0);
  });

  test('changes nothing the second time', { timeout: 10 * MINUTES }, async () => {
    const run = await converge('--tags', role);
    report(`role ${role}, again`, run);
    expect(run.code, run.text).toBe(0);
    expect(run.changes).toEqual([]);
  });
});

type Line = { from: string; path: string; status: number; sent: number };
/** What the depot answered, oldest first. */
async function answers(): Promise<Line[]> {
  const text = await on(first, 'journalctl -t twin_depot -o cat --no-pager');
  return [...text.matchAll(/^(\S+) "GET (\S+) [^"]*" (\d+) (\d+)/gm)].map(([, from = '', path = '', status, sent]) => ({
    ...{ from, path, status: Number(status), sent: Number(sent) },
  }));
}

test('both have the programs of their CPU and whole models, each fetched once, from the depot', async () => {
  const seen = await answers();
  for (const node of [first, worker]) {
    const paths = seen.filter(({ from }) => from === node.address).map(({ path }) => path.replace(/^\/[^/]+\//, ''));
    expect(paths.some((path) => path.startsWith('llama-'))).toBe(true);
    expect(paths.some((path) => path.startsWith('engines-'))).toBe(true);
    expect(paths.some((path) => /^models\/.*\.gguf$/.test(path))).toBe(true);
    expect(new Set(paths).size).toBe(paths.length);
    expect(await on(node, '/opt/twin/llama/llama-server --version 2>&1')).toMatch(/version/);
    expect(await on(node, 'ls /opt/nomad/models/*.gguf /opt/nomad/models/*.bin | wc -l')).not.toBe('0');
    expect(await on(node, 'espeak-ng --version && /opt/twin/engines/whisper-*/whisper-server --help 2>&1')).toMatch(
      /usage/,
    );
  }
});

test('no node has a compiler, npm or the files of a build', async () => {
  const tools = 'for tool in npm cc c++ cmake make go; do command -v $tool; done; true';
  expect(await on(worker, tools)).toBe('');
});

test('how fast the model is on each node stands in Consul', async () => {
  for (const node of [first, worker]) {
    const text = await asManager(first, `consul kv get pipecat/experts/main/bench/${node.name}`);
    const result = JSON.parse(text) as { node: string; prompt_tps: number; generate_tps: number };
    expect(result.node).toBe(node.name);
    expect(Math.min(result.prompt_tps, result.generate_tps)).toBeGreaterThan(0);
  }
});

test('the depot is no use to a stranger, runs as its own user, and Debian’s own server does not run', async () => {
  expect((await stranger.ssh(`curl -s -m 3 http://${first.address}:8100/`)).code).not.toBe(0);
  expect(await on(worker, `curl -s -o /dev/null -w '%{http_code}' http://${first.address}:8100/`)).toBe('403');
  const post = `curl -s -o /dev/null -w '%{http_code}' -X PUT -d x http://${first.address}:8100/x`;
  expect(await on(worker, post)).toMatch(/^40[35]$/);
  expect(await on(first, 'ps -o user= -C nginx | sort -u')).toBe('twin-depot');
  expect(await on(first, 'systemctl is-enabled nginx || true')).toBe('masked');
  expect(await on(first, 'ss -Hltn sport = :8100 | wc -l; ss -Hltn sport = :80 | wc -l')).toBe('1\n0');
});

describe('a file', () => {
  const model = '/opt/nomad/models/whisper-tiny.en-q8_0.bin';
  const lose = `rm ${model} /opt/nomad/models/.whisper-tiny.en-q8_0.bin.verified`;
  const speech = (): Promise<Played> => converge('--tags', 'speech', '--limit', worker.name);

  test('of which half is there goes on from there', { timeout: 5 * MINUTES }, async () => {
    const sum = (await on(worker, `sha256sum ${model}`)).split(' ')[0];
    await on(worker, `head -c 30000000 ${model} >/opt/nomad/models/.fetch-${sum} && ${lose}`);
    const run = await speech();
    expect(run.code, run.text).toBe(0);
    const last = (await answers()).filter(({ from }) => from === worker.address).at(-1);
    const size = Number(await on(worker, `stat -c %s ${model}`));
    expect(last).toMatchObject({ status: 206, sent: size - 30_000_000 });
    expect(await on(worker, `sha256sum ${model}`)).toContain(sum);
  });

  test('that was changed in the depot is refused, and right again as the runbook says', {
    timeout: 10 * MINUTES,
  }, async () => {
    const sum = (await on(worker, `sha256sum ${model}`)).split(' ')[0];
    const kept = `/srv/twin-depot/files/${sum}`;
    await on(first, `printf X | dd of=${kept} bs=1 seek=1000 conv=notrunc status=none`);
    await on(worker, lose);
    const refused = await speech();
    expect(refused.code).not.toBe(0);
    expect(flat(refused.text)).toMatch(/TWIN_FETCH_CHECKSUM .*whisper-tiny/);
    expect((await worker.ssh(`ls ${model}`)).code).not.toBe(0);
    await on(first, `rm ${kept}`);
    const again = await speech();
    expect(again.code, again.text).toBe(0);
    expect(await on(worker, `sha256sum ${model}`)).toContain(sum);
  });
});

test('the agent of the release answers on a worker, by its own Node.js', { timeout: 10 * MINUTES }, async () => {
  const run = await play(lab, 'testing/lab/ansible/app.yaml', {
    controllers: [first],
    workers: [worker],
    // Variables beside a playbook are read only there.
    args: ['-e', `@${join(ROOT, 'group_vars/all.yaml')}`],
  });
  report('app and Node.js, controller and worker', run);
  expect(run.code, run.text).toBe(0);
  const folders =
    'TWIN_HOME=/opt/twin/home HOME=/opt/twin/home TWIN_MODELS=/opt/nomad/models TWIN_ENGINES=/opt/twin/engines';
  const env = `${folders} AUTH_DISABLED=true`.replace(/(\S+=)/g, '-E $1');
  await on(worker, 'install -d -o twin -g twin -m 0700 /opt/twin/home');
  await on(
    worker,
    `systemd-run --quiet --unit agent --uid twin --gid twin ${env} /opt/twin/node/bin/node /opt/twin/app/pipecat-app/dist/main.js`,
  );
  const ask = `curl -sf -m 100 -H 'content-type: application/json' http://127.0.0.1:8000/v1/chat/completions -d '${JSON.stringify(
    { model: 'twin', messages: [{ role: 'user', content: 'What is the capital of France?' }] },
  )}'`;
  const ready = async () => (await worker.ssh('curl -sf -m 2 http://127.0.0.1:8000/')).code === 0;
  await until('The agent', ready, { patienceMs: MINUTES });
  expect(await on(worker, ask)).toContain('Paris');
  const twin = `runuser -u twin -- env ${folders} /opt/twin/node/bin/node /opt/twin/app/pipecat-app/bin/twin.js models list`;
  // Nothing has to be read again to know that it is whole.
  expect(await on(worker, twin)).toMatch(/whisper-tiny\.en-q8_0\* +stt +ready/);
  await on(worker, 'systemctl stop agent');
});
