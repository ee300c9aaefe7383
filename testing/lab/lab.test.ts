import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mountsUnder, processesUnder } from '../cluster/leftovers.js';
import { Cgroup } from './cgroup.js';
import { labFolder, program } from './lab-folders.js';
import { LabNetwork } from './lab-network.js';
import { closeLab, type Lab, openLab } from './open-lab.js';
import { labImpossible } from './possible.js';

const NAME = 'test';
const impossible = await labImpossible();

/** Everything that a lab could leave behind on this machine. */
async function leftovers(name: string): Promise<string[]> {
  const folder = labFolder(name);
  return [
    ...(existsSync(folder) ? [folder] : []),
    ...(existsSync(Cgroup.ofLab(name).folder) ? ['its control group'] : []),
    ...(new LabNetwork(name).exists() ? ['its network'] : []),
    ...(await mountsUnder(folder)),
    ...(await processesUnder(folder)).map((pid) => `process ${pid}`),
  ];
}

describe('a lab of two machines', () => {
  let lab: Lab;
  beforeAll(async () => {
    if (!impossible) lab = await openLab({ name: NAME, nodes: 2 });
  });
  beforeEach(({ skip }) => {
    if (impossible) skip(impossible.message);
  });
  afterAll(async () => {
    await lab?.close();
    if (lab) expect(await leftovers(NAME)).toEqual([]);
  });
  const [first, second] = [() => lab.nodes[0]!, () => lab.nodes[1]!];

  it('hands back what a command came to', async () => {
    expect(await first().ssh('echo out; echo err >&2; exit 7')).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' });
    expect(await second().ssh('id -un', { user: 'person' })).toMatchObject({ stdout: 'person\n' });
  });

  it('has packages, from the cache the second time', async () => {
    for (const node of lab.nodes) {
      const { code, stderr } = await node.ssh('apt-get update -qq && apt-get install -y -qq tree >&2');
      expect(code, stderr).toBe(0);
    }
  });

  it('takes files', async () => {
    await first().copy(program('lab'), '/srv/programs');
    expect((await first().ssh('head -c 3 /srv/programs/lab.js')).stdout).toBe('/**');
  });

  it('gives up on a command that is no longer wanted', async () => {
    const stop = new AbortController();
    const waiting = first().ssh('echo there; sleep 60', {
      signal: stop.signal,
      onOutput: () => stop.abort(new Error('enough')),
    });
    await expect(waiting).rejects.toThrow('enough');
  });

  it('keeps the disk of a machine whose power was cut, and cleans one that is reset', async () => {
    await first().ssh('echo kept >/root/note');
    await first().kill();
    expect(await first().running()).toBe(false);
    expect((await first().ssh('true', { patienceS: 1 })).code).toBe(255);
    await first().start();
    expect((await first().ssh('cat /root/note')).stdout).toBe('kept\n');
    await first().reset();
    expect((await first().ssh('cat /root/note')).code).toBe(1);
  });

  it('tells Ansible to keep its connections in a folder of its own', async () => {
    const { stdout } = await lab.network.run(['sh', '-c', 'echo $ANSIBLE_SSH_CONTROL_PATH_DIR'], { env: {} });
    expect(stdout).toBe(`${lab.folder}/ssh\n`);
  });

  it('is not opened twice', async () => {
    await expect(openLab({ name: NAME, nodes: 1 })).rejects.toMatchObject({ code: 'TWIN_LAB_BUSY' });
  });

  it('does not see a lab of another name with the same addresses', async () => {
    const other = await openLab({ name: `${NAME}-other`, nodes: 1 });
    try {
      await other.nodes[0]!.ssh('echo other >/root/which');
      expect((await first().ssh('cat /root/which')).code).toBe(1);
      expect(other.nodes[0]!.address).toBe(first().address);
    } finally {
      await other.close();
    }
    expect(await leftovers(other.name)).toEqual([]);
    expect((await first().ssh('true')).code).toBe(0);
  });
});

describe('a lab whose owner was killed', () => {
  const name = `${NAME}-killed`;
  afterAll(async () => {
    if (!impossible) await closeLab(name);
  });

  it('is cleared away by the next of its name', async ({ skip }) => {
    if (impossible) skip(impossible.message);
    const script = `const { openLab } = await import(process.argv[1]); await openLab({ name: process.argv[2], nodes: 1 });
      process.stdout.write('open'); setInterval(() => undefined, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script, program('open-lab'), name]);
    await once(owner.stdout, 'data');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(await leftovers(name)).not.toEqual([]);
    const next = await openLab({ name, nodes: 1 });
    expect((await next.nodes[0]!.ssh('true')).code).toBe(0);
    await next.close();
    expect(await leftovers(name)).toEqual([]);
  });
});
