import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GATEWAY } from '../lab/addresses.js';
import { on } from '../lab/ansible/on-node.js';
import { ROOT } from '../lab/lab-folders.js';
import type { LabNode } from '../lab/lab-node.js';
import { type Lab, openLab } from '../lab/open-lab.js';
import { must } from '../lab/run-command.js';
import { type Program, startProgram } from './program.js';

const isRoot = process.getuid?.() === 0;
const MAC = '52:54:00:78:00:50';
const MAIN = join(ROOT, 'pxe', 'dist', 'main.js');
const signal = AbortSignal.timeout(600_000);

let lab: Lab;
let node: LabNode;
let service: Program;
let folder: string;

/** The last command of the answers for Debian's installer, on a real Debian 13 that has just been installed, with the real service. */
describe.runIf(isRoot)('the last command of Debian’s installer', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twin-late-'));
    const images = (
      await must([join(ROOT, 'pxe/build-images.sh'), '--kernel', 'linux-image-cloud-amd64'], { signal })
    ).trim();
    lab = await openLab({ name: 'late-command', nodes: 1 });
    [node] = lab.nodes as [LabNode];
    const key = join(folder, 'key');
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'controller', '-f', key]);
    const serve = ['serve', '--state', join(folder, 'state'), '--images', images, '--keys', `${key}.pub`];
    service = startProgram([...lab.network.inside, process.execPath, MAIN, ...serve, '--listen', `${GATEWAY}:8100`]);
    await service.says(/machines can boot/, { signal });
  }, 900_000);
  afterAll(async () => {
    await service?.stop();
    await lab?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('leaves a system that registers at its first start and lets the controller in', {
    timeout: 300_000,
  }, async () => {
    const allow = ['allow', MAC, '--name', 'debian', '--disk', 'auto', '--installer', '--state', join(folder, 'state')];
    await must([process.execPath, MAIN, ...allow], { signal });
    const script = await on(node, `curl -fsS http://${GATEWAY}:8100/boot?mac=${MAC}`);
    const answers = await on(node, `curl -fsS ${/url=(\S+)/.exec(script)?.[1]}`);
    const command = /^d-i preseed\/late_command string (.*)$/m.exec(answers)?.[1] ?? '';
    // What the installer has: a way into the installed system, which is this one, and a program that fetches.
    await on(
      node,
      `printf '#!/bin/sh\\nexec "$@"\\n' >/usr/local/bin/in-target
printf '#!/bin/sh\\nexec curl -fsS -o /dev/null "$4"\\n' >/usr/local/bin/wget
chmod +x /usr/local/bin/in-target /usr/local/bin/wget
rm -f /root/.ssh/authorized_keys.before && cp -a /root/.ssh/authorized_keys /root/.ssh/authorized_keys.before`,
    );
    await on(node, command);
    await service.says(new RegExp(`${MAC}.*is installed`), { signal });
    expect(await on(node, 'stat -c %a /etc/twin/register; systemctl is-enabled twin-register ssh')).toBe(
      '600\nenabled\nenabled',
    );
    // As the first start does. The lab comes in by the keys of before, so both go on.
    await on(node, 'systemctl start twin-register; cat /root/.ssh/authorized_keys.before >>/root/.ssh/authorized_keys');
    await service.says(new RegExp(`${MAC}.*registered from ${node.address}`), { signal });
    await service.says(new RegExp(`${MAC}.*lets the controller in`), { signal });
    expect(await on(node, 'head -n 1 /root/.ssh/authorized_keys; ls /etc/twin')).toMatch(
      new RegExp(`^from="${GATEWAY}",no-agent-forwarding,no-X11-forwarding ssh-ed25519 \\S+ twin-provision$`),
    );
  });
});
