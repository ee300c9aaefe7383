import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../../bench/servers.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { labImpossible } from '../possible.js';
import { must } from '../run-command.js';
import { type Played, play } from './playbook.js';

const MINUTES = 60_000;
const LOADER = '/opt/twin/bpf/loader';
const impossible = await labImpossible();
let lab: Lab;
let node: LabNode;
let packed: string;
let args: string[];
let first: Played;

/** As scripts/release.sh packs it. */
const PACK = `. scripts/lib/say.sh; . scripts/lib/release/parts.sh; . scripts/lib/release/bpf.sh; SCRATCH=$1
build_bpf; pack_bpf "$SCRATCH/bpf.tar.zst"`;

beforeAll(async () => {
  if (impossible) return;
  packed = await mkdtemp(join(tmpdir(), 'twin-bpf-'));
  await must(['bash', '-euc', `cd '${ROOT}'; ${PACK}`, 'pack', packed]);
  const archive = await readFile(join(packed, 'bpf.tar.zst'));
  const name = 'bpf.tar.zst';
  const release = {
    depot_url: 'file:///var/depot',
    depot_files: { [name]: createHash('sha256').update(archive).digest('hex') },
    depot_bytes: { [name]: archive.length },
  };
  args = ['-e', JSON.stringify(release)];
  lab = await openLab({ name: 'powerpage-role', nodes: 1, bpf: true, share: [{ from: packed, to: '/var/depot' }] });
  node = lab.nodes[0] as LabNode;
  await node.ssh('mkdir -p /run/bpf');
  first = await play(lab, 'testing/lab/ansible/power-agent.yaml', { controllers: [node], args });
}, 10 * MINUTES);
afterAll(async () => {
  await lab?.close();
  if (packed) await rm(packed, { recursive: true, force: true });
});
beforeEach(({ skip }) => {
  if (impossible) skip(impossible.message);
});

const said = async (command: string) => {
  const { code, stdout, stderr } = await node.ssh(command);
  return { code, text: `${stdout}${stderr}`.trim() };
};

test('a second run changes nothing', { timeout: 5 * MINUTES }, async () => {
  expect(first.code, first.text).toBe(0);
  const again = await play(lab, 'testing/lab/ansible/power-agent.yaml', { controllers: [node], args });
  expect([again.code, again.changes]).toEqual([0, []]);
});

test('the loader sees traffic as the agent’s user, who is nobody else; others may not start it', async () => {
  const orders = `printf '{"op":"attach","interface":"lo"}\\n{"op":"quit"}\\n'`;
  const pins = '/run/bpf/twin';
  const run = (user: string) =>
    said(
      `${orders} | setpriv --reuid ${user} --regid ${user === 'nobody' ? 'nogroup' : user} --clear-groups ${LOADER} /opt/twin/bpf/traffic_monitor.o ${pins}`,
    );
  expect(await run('twin-power')).toMatchObject({ code: 0, text: expect.stringContaining('{"done":"attach"}') });
  expect((await run('nobody')).text).toMatch(/Permission denied|Operation not permitted/);
  expect((await said(`stat -c '%U:%G %a' -L ${LOADER}`)).text).toBe('root:twin-power 750');
  // Where it is, and where tasks see it.
  for (const one of [pins, '/run/twin/bpf'])
    expect((await said(`stat -c '%U:%G %a' ${one}`)).text).toBe('twin-power:twin-power 700');
  expect((await said('findmnt -n -o FSTYPE /run/twin/bpf')).text).toBe('bpf');
  expect((await said('getent passwd twin-power')).text).toMatch(/:\/nonexistent:\/usr\/sbin\/nologin$/);
  expect((await said('command -v cc clang gcc')).text).toBe('');
});
