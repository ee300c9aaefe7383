import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { bootstrapOn, buildParts, putClone, putEngines, SHARE_ALL } from './clone.js';
import { leftovers } from './leftovers.js';
import { asManager, on } from './on-node.js';
import { REPAIRS } from './role-repairs.js';

/**
 * What a person does: one command on a bare machine, questions to it, the command once more; then two machines that join by a token
 * each. Nomad, Consul and llama.cpp's servers are compiled elsewhere, engines and models copied, or this would take half an hour.
 */
const MINUTES = 60_000;
/** Small enough for three machines that share this one's memory and processors. */
const OWN = `default_expert_settings: { memory_mb: 900, rpc_memory_mb: 600, context: 2048 }
default_expert_workers: 2`;

let lab: Lab;
let first: LabNode;
let second: LabNode;
let third: LabNode;

beforeAll(async () => {
  await buildParts();
  lab = await openLab({ name: 'bootstrap-all', nodes: 3, bpf: true, share: SHARE_ALL });
  [first, second, third] = lab.nodes as [LabNode, LabNode, LabNode];
  for (const node of lab.nodes) await putClone(lab, node);
  await putEngines(first);
}, 15 * MINUTES);
afterAll(() => lab?.close());

/** Runs bootstrap.sh, which must succeed; prints how long each phase took. */
async function bootstrap(node: LabNode, args: string, token?: string): Promise<string> {
  const began = performance.now();
  const { code, stdout, stderr } = await bootstrapOn(node, args, token === undefined ? {} : { token });
  const seconds = (performance.now() - began) / 1000;
  const phases = stdout.split('\n').filter((line) => /^ +\d+ s {2}/.test(line));
  console.info(`${node.name}: bootstrap.sh ${args} ${seconds.toFixed(0)} s\n${phases.join('\n')}`);
  expect(code, `${stdout}${stderr}`).toBe(0);
  return stdout;
}

const asked = `TWIN_HOME=/opt/twin/home TWIN_CA=/etc/twin/tls/ca.pem`;
const recaps = (text: string): string[] => text.match(/changed=\d+ +unreachable=\d+ +failed=\d+/g) ?? [];
const unchanged = 'changed=0    unreachable=0    failed=0';

/** Which expert answered how many questions. */
async function chosen(): Promise<string> {
  return on(
    first,
    `curl -sS --cacert /etc/twin/tls/ca.pem -H "Authorization: Bearer $(cat /opt/twin/home/admin.key)" https://${first.address}:8000/metrics | grep '^twin_routes_total{step="chosen"' || true`,
  );
}

async function typed(question: string): Promise<string> {
  const answer = await on(first, `${asked} twin send '${question}'`);
  console.info(`typed ${JSON.stringify(question)}: ${JSON.stringify(answer)}`);
  return answer;
}

async function spoken(question: string): Promise<{ transcript: string; answer: string }> {
  const said = await on(
    first,
    `cd /tmp && espeak-ng -v en-us -s 145 -w question.wav '${question}' && ${asked} twin talk --wav question.wav --out both.wav --json --patience 120`,
  );
  const lines = said
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; transcript: string; answer: string });
  const turn = lines.find(({ type }) => type === 'turn');
  if (!turn) throw new Error(`no turn in ${said}`);
  console.info(`spoken ${JSON.stringify(turn.transcript)}: ${JSON.stringify(turn.answer)}`);
  return turn;
}

test('one command on a bare machine', { timeout: 20 * MINUTES }, async () => {
  await on(first, `cat >>twin/group_vars/local.yaml <<'END'\n${OWN.split('\n')[0]}\nEND`);
  const text = await bootstrap(first, '--yes');
  expect(text).toContain('Mission Control  https://10.77.0.11:8000');
});

test('a typed and a spoken question are answered by the default expert', { timeout: 5 * MINUTES }, async () => {
  expect(await typed('What is the capital of France?')).toMatch(/Paris/);
  expect(await chosen()).toMatch(/expert="main"} [1-9]/);
  const turn = await spoken('What is the capital of Italy?');
  expect(turn.transcript).toMatch(/capital of Italy/i);
  expect(turn.answer).toMatch(/\w/);
  expect(await on(first, 'stat -c %s /tmp/both.wav')).toMatch(/^\d{6,}$/);
});

test('the same command again changes nothing', { timeout: 10 * MINUTES }, async () => {
  const text = await bootstrap(first, '--yes');
  expect(recaps(text)).toEqual([unchanged, unchanged]);
  const seconds = Number(/(\d+) s {2}in all/.exec(text)?.[1]);
  console.info(`second run: ${seconds} s`);
});

/** A playbook by hand on the primary controller; its text. */
const playbook = (command: string): Promise<string> =>
  on(first, `cd twin && TWIN_PARTS=/srv/twin-parts ANSIBLE_NOCOLOR=1 ansible-playbook ${command}`);

describe.each(REPAIRS)('what is broken of the role $role', ({ role, breaks, mended }) => {
  test('comes back by its tag alone, and then there is nothing to do', { timeout: 10 * MINUTES }, async () => {
    await asManager(first, breaks);
    for (const [command, sees] of mended) expect(await asManager(first, command)).not.toMatch(sees);
    expect(recaps(await playbook(`playbook.yaml --tags ${role}`))[0]).toMatch(/^changed=[1-9]/);
    for (const [command, sees] of mended) expect(await asManager(first, command)).toMatch(sees);
    expect(recaps(await playbook(`playbook.yaml --tags ${role}`))).toEqual([unchanged]);
  });
});

test('two machines join by a token each; the inventory fills itself', { timeout: 20 * MINUTES }, async () => {
  await on(first, `echo '${OWN.split('\n')[1]}' >>twin/group_vars/local.yaml`);
  for (const node of [second, third]) {
    const token = await on(first, 'twin/scripts/join-token.sh 2>/dev/null');
    const text = await bootstrap(node, `--role worker --controller-ip ${first.address}`, token);
    expect(text).toContain(`${node.name} is a node`);
    // Nothing was compiled or fetched from outside on it.
    expect((await node.ssh('ls -d twin/node_modules .npm .cache/pip 2>/dev/null')).stdout).toBe('');
  }
  expect(await on(first, 'twin/scripts/inventory.py list | cut -f 1,2 | paste -sd " "')).toBe(
    'controller_nodes\tnode1 worker_nodes\tnode2 worker_nodes\tnode3',
  );
  expect((await asManager(first, 'nomad node status')).match(/ eligible +ready/g)).toHaveLength(3);
});

test('the default expert, spread over two RPC workers, answers', { timeout: 15 * MINUTES }, async () => {
  const text = await playbook('playbook.yaml');
  expect(text.replace(/\s*\n\s*/g, ' ')).toMatch(/llamacpp-rpc: head on node\d; rpc on node\d, node\d/);
  await until('Two workers of the expert', async () => {
    const allocations = await asManager(first, 'nomad job allocs -json llamacpp-rpc');
    return (
      (JSON.parse(allocations) as { TaskGroup: string; ClientStatus: string }[]).filter(
        ({ TaskGroup, ClientStatus }) => TaskGroup === 'rpc' && ClientStatus === 'running',
      ).length === 2
    );
  });
  const before = await chosen();
  // That it answers this question; what so small a model knows about Spain is another one ("Santiago de Compostela", once).
  expect(await typed('What is the capital of Spain?')).toMatch(/Spain|Madrid/);
  expect(await chosen()).not.toBe(before);
});

test('heal_cluster.yaml right after has nothing to do; purged jobs come back', { timeout: 10 * MINUTES }, async () => {
  const heal = (): Promise<string> => playbook('heal_cluster.yaml');
  expect(recaps(await heal())[0]).toMatch(/^changed=0 /);
  await asManager(first, 'nomad job stop -purge llamacpp-rpc && nomad job stop -purge pipecat-app');
  expect(recaps(await heal())[0]).toMatch(/^changed=[1-9]/);
  expect(recaps(await heal())[0]).toMatch(/^changed=0 /);
  expect(await typed('What is the capital of France?')).toMatch(/Paris/);
});

test('--purge-jobs ends every job, and what should run runs again', { timeout: 15 * MINUTES }, async () => {
  const job = `job "of-somebody" {
  type = "service"
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/sleep"
        args    = ["infinity"]
      }
    }
  }
}`;
  await asManager(first, `nomad job run -detach - <<'END'\n${job}\nEND`);
  const began = await asManager(first, 'nomad job inspect pipecat-app | grep -m1 SubmitTime');
  const text = await bootstrap(first, '--yes --purge-jobs');
  for (const id of ['of-somebody', 'pipecat-app', 'llamacpp-rpc', 'power-agent'])
    expect(text).toContain(`purged ${id} (default)`);
  const listed = await asManager(first, 'nomad job status');
  expect(listed).not.toContain('of-somebody');
  for (const id of ['pipecat-app', 'llamacpp-rpc', 'power-agent'])
    expect(listed).toMatch(new RegExp(`^${id} .* running `, 'm'));
  expect(await asManager(first, 'nomad job inspect pipecat-app | grep -m1 SubmitTime')).not.toBe(began);
  expect(await typed('What is the capital of France?')).toMatch(/Paris/);
});

test('uninstall takes a worker out, and the others go on', { timeout: 10 * MINUTES }, async () => {
  await playbook(`uninstall.yaml --limit ${third.name} -e confirm=yes`);
  expect(await leftovers(third)).toEqual([]);
  expect(await asManager(first, 'consul members')).not.toContain(third.name);
  await on(first, `twin/scripts/inventory.py remove ${third.name}`);
  expect(await typed('What is the capital of France?')).toMatch(/Paris/);
});

test('uninstall of all leaves nothing but models and the state of the agent', { timeout: 10 * MINUTES }, async () => {
  await playbook('uninstall.yaml -e confirm=yes');
  for (const node of [first, second]) expect(await leftovers(node), node.name).toEqual([]);
  expect(await on(first, 'ls /opt/nomad/models/*.gguf /opt/twin/home/admin.key')).toMatch(/gguf\n.*admin\.key$/s);
});
