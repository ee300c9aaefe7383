import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import { type Firmware, makeMachine } from '../../pxe/machine.js';
import { type Program, startProgram } from '../../pxe/program.js';
import { ROOT } from '../lab-folders.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { must } from '../run-command.js';
import { bootstrapOn, buildParts, putClone, putEngines, SHARE_ALL } from './clone.js';
import { asManager, on } from './on-node.js';

/**
 * A whole controller, then machines without an operating system, emulated, on its network: switched on, allowed, and nothing else.
 * They get Consul and Nomad only: an emulated processor is some ten times slower than the oldest real one.
 */
const MINUTES = 60_000;
const OWN = `default_expert_settings: { memory_mb: 900, rpc_memory_mb: 600, context: 2048 }
pxe_server_images: /srv/twin-images
pxe_server_dhcp: full
pxe_server_range: 10.77.0.100,10.77.0.150
pxe_server_gateway: 10.77.0.1`;
const signal = AbortSignal.timeout(120 * MINUTES);
const running: Program[] = [];

let lab: Lab;
let first: LabNode;

beforeAll(async () => {
  await buildParts();
  const build = [join(ROOT, 'pxe/build-images.sh'), '--kernel', 'linux-image-cloud-amd64'];
  const images = (await must(build, { signal })).trim();
  lab = await openLab({
    name: 'network-boot',
    nodes: 1,
    share: [...SHARE_ALL, { from: images, to: '/srv/twin-images' }],
  });
  [first] = lab.nodes as [LabNode];
  await putClone(lab, first);
  await putEngines(first);
}, 20 * MINUTES);
afterAll(async () => {
  for (const program of running) await program.stop('SIGKILL');
  await lab?.close();
});

async function bootstrap(): Promise<string> {
  const { code, stdout, stderr } = await bootstrapOn(first, '--yes');
  expect(code, `${stdout}${stderr}`.slice(-6_000)).toBe(0);
  return stdout;
}
/** What the boot service says on the way. */
const STEPS = [
  'boots the installer',
  'phase unpack',
  'is installed',
  'boots from its disk',
  'lets the controller in',
  'role common',
  'role nomad',
  'joined',
];
let service: Program;

test('one line in the inventory makes the controller one from which machines boot', {
  timeout: 30 * MINUTES,
}, async () => {
  await on(first, `cat >>twin/group_vars/local.yaml <<'END'\n${OWN}\nEND`);
  await bootstrap();
  await on(first, `sed -i '/pxe_server:/,/hosts:/ s/hosts: {}/hosts:\\n        node1:/' twin/inventory.yaml`);
  await bootstrap();
  const follow = ['ssh', '-F', join(lab.folder, 'ssh_config'), first.name, 'journalctl -f -n 0 -o cat -u twin-boot'];
  service = startProgram([...lab.network.inside, ...follow]);
  running.push(service);
  expect(await on(first, 'systemctl is-active twin-boot twin-boot-dhcp')).toBe('active\nactive');
  expect(await bootstrap()).toMatch(/node1 .* changed=0 .* failed=0/);
  expect(await on(first, 'twin nodes list')).toContain('No machine has asked yet');
  await on(
    first,
    `sed -i 's/^infrastructure_only: .*/infrastructure_only: "{{ inventory_hostname != primary_controller }}"/' twin/group_vars/local.yaml`,
  );
});

describe.each<{ firmware: Firmware; number: number }>([
  { firmware: 'bios', number: 40 },
  { firmware: 'uefi', number: 41 },
])('a machine with an empty disk: $firmware', ({ firmware, number }) => {
  const name = `worker${number}`;

  test('is a node of the cluster after somebody has allowed it, and did nothing else', {
    timeout: 60 * MINUTES,
  }, async () => {
    const folder = join(lab.folder, 'machines');
    await mkdir(folder, { recursive: true });
    const tools = (await must([join(ROOT, 'testing/pxe/tools.sh')], { signal })).trim();
    const inside = (command: readonly string[]): string[] => [...lab.network.inside, ...command];
    const cable = async (tap: string): Promise<string> => {
      await must(inside(['ip', 'tuntap', 'add', tap, 'mode', 'tap']));
      await must(inside(['ip', 'link', 'set', tap, 'master', lab.network.bridge, 'up']));
      return tap;
    };
    const parts = { folder, tools, inside, cable };
    const machine = await makeMachine(parts, { name: firmware, number, firmware, memoryMb: 4096, diskGb: 16 });
    await on(first, `twin nodes allow ${machine.mac} --name ${name} --disk auto`);
    const began = Date.now();
    running.push(machine.start());
    for (const step of STEPS) {
      const { at, text } = await service.says(new RegExp(`${machine.mac}.*(${step}|did not join)`), {
        signal,
        from: began,
      });
      expect(text).not.toContain('did not join');
      console.info(`${firmware}: ${step} ${((at - began) / 1000).toFixed(0)} s`);
    }
    expect(await on(first, 'twin/scripts/inventory.py list')).toMatch(
      new RegExp(`worker_nodes\\t${name}\\t10\\.77\\.0\\.1\\d\\d\\troot`),
    );
    await until('the node', async () =>
      new RegExp(`${name} .* ready`).test(await asManager(first, 'nomad node status')),
    );
    expect(await asManager(first, 'consul members')).toMatch(new RegExp(`${name} .* alive`));
  });

  test('Mission Control shows it as joined', async () => {
    const seen = await on(
      first,
      `curl -sS --cacert /etc/twin/tls/ca.pem -H "Authorization: Bearer $(cat /opt/twin/home/admin.key)" https://${first.address}:8000/api/machines`,
    );
    const { machines: all } = JSON.parse(seen) as { machines: { name: string; phase: string }[] };
    expect(all.find((one) => one.name === name)).toMatchObject({ phase: 'joined' });
  });
});
