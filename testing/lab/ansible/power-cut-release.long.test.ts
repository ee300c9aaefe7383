import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { bootstrapOn, buildParts, cutPowerAt, putClone, putEngines, SHARE_ALL } from './clone.js';
import { on } from './on-node.js';

/**
 * The power goes in each phase of `./bootstrap.sh` that power-cut.long.test.ts leaves out: the agent, its release, and the roles that
 * bring and run it. Engines, models and the servers' programs are copied, or this would take hours.
 */
const MINUTES = 60_000;
let lab: Lab;
let node: LabNode;

beforeAll(async () => {
  await buildParts();
  lab = await openLab({ name: 'power-release', nodes: 1, bpf: true, share: SHARE_ALL });
  node = lab.nodes[0] as LabNode;
  await putClone(lab, node);
  await putEngines(node);
  const small = 'default_expert_settings: { memory_mb: 900, context: 2048 }';
  await on(node, `echo '${small}' >>twin/group_vars/local.yaml`);
}, 15 * MINUTES);
afterAll(() => lab?.close());

test.each([
  ['npm packages come', '--yes', /==> install the npm packages/, 'test "$(ls twin/node_modules | wc -l)" -gt 50'],
  ['the agent is built', '--yes --continue', /==> build the agent/, 'ls twin/hashi/dist/*.js'],
  ['the release is packed', '--yes --continue', /TASK \[depot : Make the release/, 'ls -d .cache/twin/release/.new-*'],
  ['a node fetches it', '--yes --continue', /TASK \[depot : Unpack /, undefined],
  ['the node is measured', '--yes --continue', /TASK \[llama : What was measured/, 'pgrep llama-bench'],
  ['speech comes', '--yes --continue', /TASK \[speech : /, undefined],
  ['the jobs have just been registered', '--yes --continue', /TASK \[pipecatapp : Healthy/, undefined],
  ['the power agent comes', '--yes --continue', /TASK \[power_agent : What is missing/, undefined],
  ['it heals', '--yes --continue', /==> heal_cluster\.yaml[\s\S]*TASK \[/, undefined],
])('power cut while %s', { timeout: 15 * MINUTES }, async (_, args, sign, when) => {
  await cutPowerAt(node, args, { sign, ...(when !== undefined && { when }) });
});

test('with other options it does not go on, and says which', async () => {
  const { code, stderr } = await bootstrapOn(node, '--continue --role controller');
  expect(code).toBe(2);
  expect(stderr).toContain('the run before had --role all, this one has --role controller');
});

test('--continue converges, and the agent answers', { timeout: 20 * MINUTES }, async () => {
  const { code, stdout, stderr } = await bootstrapOn(node, '--yes --continue');
  expect(code, `${stdout}${stderr}`).toBe(0);
  expect(stdout).toContain('playbook.yaml is done already');
  const typed = 'TWIN_HOME=/opt/twin/home TWIN_CA=/etc/twin/tls/ca.pem twin send';
  expect(await on(node, `${typed} 'What is the capital of France?'`)).toMatch(/France|Paris/);
});

test('then there is nothing to do', { timeout: 10 * MINUTES }, async () => {
  const { code, stdout, stderr } = await bootstrapOn(node, '--yes');
  expect(code, `${stdout}${stderr}`).toBe(0);
  expect(stdout.match(/changed=0 +unreachable=0 +failed=0/g)).toHaveLength(2);
});
