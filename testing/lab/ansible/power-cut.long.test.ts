import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { bootstrapOn, buildParts, cutPowerAt, putClone, SHARE } from './clone.js';
import { asManager, on } from './on-node.js';

/** An ordinary user with sudo and a password makes the controller, and its power goes again and again. */
const MINUTES = 60_000;
const AS_PERSON = { user: 'person', input: 'person\n' } as const;
let lab: Lab;
let controller: LabNode;
let worker: LabNode;

beforeAll(async () => {
  await buildParts();
  lab = await openLab({ name: 'join-power', nodes: 2, share: SHARE });
  [controller, worker] = lab.nodes as [LabNode, LabNode];
  await putClone(lab, controller, 'person');
  await putClone(lab, worker);
}, 15 * MINUTES);
afterAll(() => lab?.close());

test.each([
  ['its packages are installed', '--debug', /Unpacking /],
  ['the role common runs', '--continue', /TASK \[common : Certificates|TASK \[common : Key and certificate/],
  ['the role consul runs', '--continue', /TASK \[consul : /],
  ['Consul has just been given its tokens', '--continue', /TASK \[nomad : /],
  ['Nomad starts', '--continue', /RUNNING HANDLER \[nomad : |TASK \[nomad : [^\]]*(start|Start)/],
  ['the door for other machines opens', '--continue', /TASK \[join : /],
])('power cut while %s', { timeout: 10 * MINUTES }, async (_, args, sign) => {
  await cutPowerAt(controller, `--role controller ${args}`, { ...AS_PERSON, sign });
});

test('with other options it does not go on, and says which', async () => {
  const { code, stderr } = await bootstrapOn(controller, '--continue --role all', AS_PERSON);
  expect(code).toBe(2);
  expect(stderr).toContain('the run before had --role controller, this one has --role all');
});

test('--continue converges, and then there is nothing to do', { timeout: 15 * MINUTES }, async () => {
  const { code, stdout, stderr } = await bootstrapOn(controller, '--role controller --continue', AS_PERSON);
  expect(code, `${stdout}${stderr}`).toBe(0);
  expect((await bootstrapOn(controller, '--role controller --continue', AS_PERSON)).stdout).toContain(
    'playbook.yaml is done already',
  );
  const again = await bootstrapOn(controller, '--role controller', AS_PERSON);
  expect(again.stdout).toMatch(/node1 .* changed=0 .* failed=0/);
  expect(await asManager(controller, 'consul members && nomad node status')).toMatch(/alive[\s\S]*ready/);
});

test('the password of sudo is on no disk and in no argument', async () => {
  expect(
    await on(
      controller,
      "grep -rlx person /home/person/twin /tmp --include='*' 2>/dev/null | grep -v node_modules || true",
    ),
  ).toBe('');
});

const JOIN = () => `--role worker --controller-ip ${controller.address}`;

test('power cut of a machine that joins: the same command with --continue brings it in', {
  timeout: 15 * MINUTES,
}, async () => {
  const token = await on(controller, '/home/person/twin/scripts/join-token.sh 2>/dev/null');
  await cutPowerAt(worker, JOIN(), { token, sign: /role consul/ });
  // The controller finds out that it is gone, and ends its run.
  const { code, stdout, stderr } = await bootstrapOn(worker, `${JOIN()} --continue`, { token });
  expect(code, `${stdout}${stderr}`).toBe(0);
});

test('power cut of the controller while a machine joins: it goes on when the power is back', {
  timeout: 15 * MINUTES,
}, async () => {
  await worker.reset();
  await putClone(lab, worker);
  await on(controller, '/home/person/twin/scripts/inventory.py remove node2');
  const token = await on(controller, '/home/person/twin/scripts/join-token.sh 2>/dev/null');
  await cutPowerAt(worker, JOIN(), { token, sign: /role consul/, victim: controller });
  const { code, stdout, stderr } = await bootstrapOn(worker, `${JOIN()} --continue`, { token });
  expect(code, `${stdout}${stderr}`).toBe(0);
  await until('both nodes', async () =>
    (await asManager(controller, 'nomad node status').catch(() => '')).match(/ ready/g)?.length === 2
      ? true
      : undefined,
  );
});
