import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { bootstrapOn, buildParts, putClone, SHARE } from './clone.js';
import { asManager, on } from './on-node.js';

const MINUTES = 60_000;
let lab: Lab;
let controller: LabNode;
let second: LabNode;
let third: LabNode;
/** Tries what must not work, and joins at the end. */
let fourth: LabNode;
/** Of the second node; used up. */
let usedToken: string;

beforeAll(async () => {
  await buildParts();
  lab = await openLab({ name: 'join-join', nodes: 4, share: SHARE });
  [controller, second, third, fourth] = lab.nodes as [LabNode, LabNode, LabNode, LabNode];
  for (const node of lab.nodes) await putClone(lab, node);
}, 15 * MINUTES);
afterAll(() => lab?.close());

const newToken = (): Promise<string> => on(controller, 'twin/scripts/join-token.sh 2>/dev/null');
const join = async (node: LabNode, token: string, address = controller.address) => {
  const began = performance.now();
  const { code, stdout, stderr } = await bootstrapOn(node, `--role worker --controller-ip ${address}`, { token });
  console.info(`join of ${node.name}, code ${code}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  return { code, text: `${stdout}${stderr}` };
};
const machines = (): Promise<string> => on(controller, 'twin/scripts/inventory.py list | cut -f 2 | paste -sd " "');
const log = (): Promise<string> => on(controller, 'journalctl --no-pager -t twin-join');

test('a bare machine becomes the controller by one command, and a second run changes nothing', {
  timeout: 15 * MINUTES,
}, async () => {
  const first = await bootstrapOn(controller, '--role controller');
  expect(first.code, `${first.stdout}${first.stderr}`).toBe(0);
  console.info(first.stdout.slice(first.stdout.lastIndexOf('done in')));
  const again = await bootstrapOn(controller, '--role controller');
  console.info(again.stdout.slice(again.stdout.lastIndexOf('done in')));
  expect(again.stdout).toMatch(/node1 .* changed=0 .* failed=0/);
});

test('a machine joins by its token; the inventory fills itself, with its comments', {
  timeout: 10 * MINUTES,
}, async () => {
  const before = await on(controller, 'grep -c "#" twin/inventory.yaml');
  usedToken = await newToken();
  const { code, text } = await join(second, usedToken);
  expect(code, text).toBe(0);
  expect(text).toContain('role nomad');
  expect(text).toContain('node2 is a node');
  expect(await machines()).toBe('node1 node2');
  expect(await on(controller, 'grep -c "#" twin/inventory.yaml')).toBe(before);
});

test('the next one changes nothing on the others but whom they let in', { timeout: 10 * MINUTES }, async () => {
  const started = 'systemctl show -p ActiveEnterTimestampMonotonic --value consul nomad';
  const changed =
    'find /etc /opt/twin /opt/nomad /opt/consul /usr/local -xdev -type f -newer /root/mark | grep -vE "^/opt/(nomad|consul)/(data|raft|serf|checks)|^/opt/consul/" | sort | paste -sd " "';
  const times: string[] = [];
  for (const node of [controller, second]) {
    await on(node, 'touch /root/mark');
    times.push(await on(node, started));
  }
  const { code, text } = await join(third, await newToken());
  expect(code, text).toBe(0);
  expect(await on(second, changed)).toBe('/etc/twin/peers.nft');
  const here = (await on(controller, changed)).split(' ');
  console.info(`changed on the controller: ${here.join(' ')}`);
  const notes = /^\/etc\/(ssh\/ssh_known_hosts|twin\/(join\/.*|ca\/.*|peers\.nft))$/;
  expect(here.filter((file) => !notes.test(file))).toEqual([]);
  expect([await on(controller, started), await on(second, started)]).toEqual(times);
});

test('Nomad and Consul have all three', async () => {
  expect((await asManager(controller, 'nomad node status')).match(/ eligible +ready/g)).toHaveLength(3);
  expect((await asManager(controller, 'consul members')).match(/ alive /g)).toHaveLength(3);
});

test('the playbook, run by hand, reaches all of them and has nothing to do', { timeout: 5 * MINUTES }, async () => {
  const recap = await on(
    controller,
    'cd twin && TWIN_PARTS=/srv/twin-parts ansible-playbook playbook.yaml | grep -A9 RECAP',
  );
  expect(recap.match(/changed=0 +unreachable=0 +failed=0/g)).toHaveLength(3);
});

describe('a token lets in one machine, once', () => {
  const letIn = (): Promise<string> => on(fourth, 'grep -c twin-provision .ssh/authorized_keys || true');

  test('used by another: who, and the log has it', async () => {
    const { code, text } = await join(fourth, usedToken);
    expect(code).toBe(1);
    expect(text).toContain('the token was used by node2 (10.77.0.12) already');
    expect(await log()).toContain('the token was used by node2');
    expect(await letIn()).toBe('0');
  });

  test('used again by the same machine: it is in, nothing runs', async () => {
    const { code, text } = await join(second, usedToken);
    expect([code, text]).toEqual([0, expect.stringContaining('node2 is a node already')]);
    expect(text).not.toContain('role nomad');
  });

  test('withdrawn', async () => {
    const token = await newToken();
    const id = await on(controller, "twin/scripts/join-token.sh --list | awk '/not used/ { print $1 }'");
    await on(controller, `twin/scripts/join-token.sh --revoke ${id}`);
    const { code, text } = await join(fourth, token);
    expect(code).toBe(1);
    expect(text).toContain('does not take this token: it was used or withdrawn, or its time is over');
  });

  test('its time is over: sshd itself refuses it', async () => {
    const token = await newToken();
    await on(
      controller,
      `sed -i 's/expiry-time="[0-9]*Z"/expiry-time="20200101000000Z"/' /etc/twin/join/authorized_keys`,
    );
    const { code, text } = await join(fourth, token);
    expect([code, text]).toEqual([1, expect.stringContaining('does not take this token')]);
    expect(await on(controller, 'journalctl --no-pager -u ssh')).toContain('Refused by key options');
  });

  test('another machine at the address of the controller', async () => {
    const { code, text } = await join(fourth, await newToken(), second.address);
    expect(code).toBe(1);
    expect(text).toContain('is not the controller that made this token: it has another host key');
  });

  test('nobody at the address', async () => {
    const { code, text } = await join(fourth, await newToken(), '10.77.0.99');
    expect([code, text]).toEqual([1, expect.stringContaining('the connection to the controller 10.77.0.99 failed')]);
  });

  test('the name of a machine that is there', async () => {
    await on(fourth, 'hostname node2');
    const { code, text } = await join(fourth, await newToken());
    await on(fourth, 'hostname node4');
    expect([code, text]).toEqual([
      1,
      expect.stringContaining('node2 is a node already, and this machine has another host key'),
    ]);
    expect(await on(controller, 'twin/scripts/inventory.py list')).toContain('node2\t10.77.0.12');
    expect(await letIn()).toBe('0');
  });

  test('its key opens no shell and no door', async () => {
    const token = await newToken();
    const key = `import runpy
m = runpy.run_path("twin/scripts/join.py")
_, _, seed, public = m["read_token"]("${token}")
m["write"]("/root/k/key", m["private_key"](seed, public))`;
    await on(fourth, `python3 -c '${key}'`);
    const ssh = `ssh -i /root/k/key -o BatchMode=yes -o StrictHostKeyChecking=no twin-join@${controller.address}`;
    expect((await fourth.ssh(`${ssh} id </dev/null`)).stdout).toContain('did not speak the protocol');
    const door = await fourth.ssh(`${ssh} -W 127.0.0.1:8500 </dev/null`);
    expect([door.code, door.stderr]).toEqual([255, expect.stringContaining('prohibited')]);
    expect((await fourth.ssh(`${ssh} -s sftp </dev/null`)).stdout).toContain('did not speak the protocol');
  });

  test('what the spool is given by anyone else, or is no request, is thrown away', async () => {
    await on(controller, 'echo "{}" >/var/spool/twin-join/x.json; ln -s /etc/shadow /var/spool/twin-join/y.json');
    await expect.poll(() => on(controller, 'ls -A /var/spool/twin-join'), { timeout: 20_000 }).toBe('');
    expect(await log()).toContain('a request that is none');
  });
});

test('a machine that fails the checks is no node, hears why, and may come again with the same token', {
  timeout: 10 * MINUTES,
}, async () => {
  const token = await newToken();
  await on(
    controller,
    'cp twin/group_vars/local.yaml keep && echo "min_ram_mb: 99999999" >>twin/group_vars/local.yaml',
  );
  const refused = await join(fourth, token);
  await on(controller, 'cp keep twin/group_vars/local.yaml');
  expect([refused.code, refused.text]).toEqual([1, expect.stringContaining('a node needs 99999999 MB')]);
  expect(await machines()).toBe('node1 node2 node3');
  const { code, text } = await join(fourth, token);
  expect(code, text).toBe(0);
  expect(await machines()).toBe('node1 node2 node3 node4');
});

test('no secret of the joining is readable to just any user, or in the journal or an argument', async () => {
  const readable =
    'find /etc/twin/join /var/lib/twin-join /var/spool/twin-join /var/log/twin -perm -o=r -type f | sort';
  expect(await on(controller, readable)).toBe('/etc/twin/join/provision.pub\n/etc/twin/join/settings.json');
  expect(await on(fourth, 'ls /tmp | grep -c twin-join || true')).toBe('0');
  for (const node of lab.nodes) expect(await on(node, 'journalctl --no-pager | grep -c "twin1[.]" || true')).toBe('0');
});

test('uninstall takes it all back', { timeout: 5 * MINUTES }, async () => {
  await on(controller, 'cd twin && ansible-playbook uninstall.yaml --limit node1 -e confirm=yes');
  const left =
    'ls -d /usr/local/lib/twin-join /etc/twin /var/*/twin-join /etc/ssh/sshd_config.d/twin-join.conf /etc/systemd/system/twin-* 2>/dev/null; id twin-join 2>/dev/null; true';
  expect(await on(controller, left)).toBe('');
  await on(controller, 'sshd -t && systemctl is-active ssh');
});
