import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import type { Lab } from '../open-lab.js';
import { asManager, type Call, on, SUBMIT_JOB } from './on-node.js';
import { probeAs } from './probe-job.js';
import { asTask } from './task-tokens.js';
import { flat, openWholeCluster, SMALL, type WholeCluster } from './whole-cluster.js';

const MINUTES = 60_000;
const CREATIVE =
  'job_name=creative-expert service_name=llama-api-creative namespace=creative model_list={{ creative_writing_models }} worker_count=2';

let lab: Lab;
let first: LabNode;
let second: LabNode;
let run: WholeCluster['run'];
let good: WholeCluster['good'];

beforeAll(async () => {
  ({ lab, first, second, run, good } = await openWholeCluster('deploy-cluster'));
}, 5 * MINUTES);
afterAll(() => lab?.close());

/** Asks an OpenAI door from another machine of the cluster, and returns the words of the answer. */
async function answer(address: string, question: string, headers = ''): Promise<string> {
  const body = JSON.stringify({ model: 'twin', max_tokens: 24, messages: [{ role: 'user', content: question }] });
  const said = await on(
    second,
    `curl -sS --fail-with-body -m 60 --cacert /etc/twin/tls/ca.pem -H 'Content-Type: application/json' ${headers} -d '${body}' ${address}/v1/chat/completions`,
  );
  const { choices } = JSON.parse(said) as { choices: [{ message: { content: string } }] };
  return choices[0].message.content;
}

test('from bare machines to an agent whose expert is spread over two workers', { timeout: 15 * MINUTES }, async () => {
  const played = await good('playbook.yaml');
  expect(played.text).toMatch(/llamacpp-rpc: head on node\d; rpc on node\d, node\d \(missing, registered\)/);
  expect(played.text).toMatch(/pipecat-app: app on node1 \(missing, registered\)/);
});

test('a second run changes nothing', { timeout: 10 * MINUTES }, async () => {
  expect((await good('playbook.yaml')).changes).toEqual([]);
});

test('a question typed on another machine is answered by the default expert, over TLS of the cluster', {
  timeout: 2 * MINUTES,
}, async () => {
  const key = await on(first, 'cat /opt/twin/home/admin.key');
  const address = `https://${first.address}:8000`;
  // The words of so small a model are as they are.
  expect(await answer(address, 'What is the capital of France?', `-H 'Authorization: Bearer ${key}'`)).toMatch(/\w/);
  const metrics = await on(
    second,
    `curl -sS --cacert /etc/twin/tls/ca.pem -H 'Authorization: Bearer ${key}' ${address}/metrics`,
  );
  expect(metrics).toMatch(/twin_routes_total\{step="chosen",expert="main"\} [1-9]/);
});

test('the end-to-end suite passes: health, typed, a tool, spoken', { timeout: 5 * MINUTES }, async () => {
  const { text } = await good('e2e-tests.yaml');
  for (const trial of ['health', 'experts', 'typed', 'routed', 'tool', 'spoken'])
    expect(text).toMatch(new RegExp(`${trial} +ok `));
});

describe('heal', () => {
  test('brings back what was purged, and changes nothing the second time', { timeout: 10 * MINUTES }, async () => {
    await asManager(first, 'nomad job stop -purge llamacpp-rpc && nomad job stop -purge pipecat-app');
    const healed = await good('heal_cluster.yaml');
    expect(healed.text).toMatch(/llamacpp-rpc: head on [^']* \(missing, registered\)/);
    expect(healed.text).toMatch(/pipecat-app: app on node1 \(missing, registered\)/);
    expect(await asManager(first, 'nomad job status')).toMatch(
      /llamacpp-rpc +service +50 +running[\s\S]*pipecat-app +service +50 +running/,
    );
    expect((await good('heal_cluster.yaml')).changes).toEqual([]);
  });

  test('starts a job that was stopped, and one that was changed by hand', { timeout: 10 * MINUTES }, async () => {
    await asManager(first, 'nomad job stop pipecat-app && nomad job scale llamacpp-rpc head 0');
    const healed = await good('heal_cluster.yaml');
    expect(healed.text).toMatch(/pipecat-app: [^']*\(stopped, registered\)/);
    expect(healed.text).toMatch(/llamacpp-rpc: head on node\d; rpc on node\d, node\d \(changed, registered\)/);
  });
});

describe('one more expert', () => {
  test.each([
    ['job_name=creative service_name=llama-api-creative', /job_name must be the name of a job that ends in -expert/],
    ['job_name=a-expert service_name=creative', /service_name must begin with llama-api-/],
    ['job_name=a-expert service_name=llama-api-main', /belongs to the default expert/],
    ['job_name=a-expert service_name=llama-api-a', /model_list is empty/],
    [`${CREATIVE} worker_count=4`, /worker_count must be 0 to 3/],
  ])('%s is refused before anything changes', { timeout: MINUTES }, async (args, words) => {
    const refused = await run('deploy_expert.yaml', '-e', args);
    expect(refused.code).not.toBe(0);
    expect(flat(refused.text)).toMatch(words);
    expect(refused.changes).toEqual([]);
  });

  test('runs in a namespace of its own over two workers, and answers', { timeout: 5 * MINUTES }, async () => {
    const small = JSON.stringify({ expert_settings: { ...SMALL, memory_mb: 600 } });
    const { text } = await good('deploy_expert.yaml', '-e', CREATIVE, '-e', small);
    expect(text).toMatch(/creative-expert: head on node\d; rpc on node\d, node\d \(missing, registered\)/);
    expect(await asManager(first, 'nomad job status -namespace creative')).toMatch(/creative-expert +service/);
    const [instance] = JSON.parse(
      await asManager(
        first,
        'curl -s -H "X-Consul-Token: $CONSUL_HTTP_TOKEN" http://127.0.0.1:8500/v1/health/service/llama-api-creative?passing=true',
      ),
    ) as { Service: { Address: string; Port: number } }[];
    const address = `http://${instance?.Service.Address}:${instance?.Service.Port}`;
    expect(await answer(address, 'The capital of France is')).toMatch(/\S/);
  });

  test('the health check prints a table of both, and Nomad has its log', { timeout: 3 * MINUTES }, async () => {
    const { text } = await good('run_health_check.yaml');
    expect(text).toMatch(/main +node\d +gemma3-270m-q4_k_m +\d+ +yes +ok/);
    expect(text).toMatch(/creative +node\d +gemma3-270m-q4_k_m +\d+ +yes +ok/);
    expect(await asManager(first, 'nomad alloc logs -job health-check')).toMatch(/^creative .* ok$/m);
  });

  test('asleep, it is left asleep; awake again, heal knows of it', { timeout: 5 * MINUTES }, async () => {
    const state = JSON.stringify({ state: 'asleep', job: 'creative-expert', namespace: 'creative', at: 1, by: 'test' });
    const key = 'pipecat/power/llama-api-creative/state';
    await asManager(
      first,
      `consul kv put ${key} '${state}' && nomad job stop -purge -namespace creative creative-expert`,
    );
    const asleep = await good('heal_cluster.yaml');
    expect(asleep.text).toContain('creative-expert: asleep (asleep)');
    expect(asleep.changes).toEqual([]);
    await asManager(first, `consul kv delete ${key}`);
    const healed = await good('heal_cluster.yaml');
    expect(healed.text).toMatch(/creative-expert: head on [^']*\(missing, registered\)/);
  });

  test('the health check fails when an expert does, and says which', { timeout: 3 * MINUTES }, async () => {
    await asManager(first, `consul kv put pipecat/experts/lost '{"error":"its model is gone"}'`);
    const failed = await run('run_health_check.yaml');
    await asManager(first, 'consul kv delete pipecat/experts/lost');
    expect(failed.code).not.toBe(0);
    expect(flat(failed.text)).toMatch(/lost +- .*failed: its model is gone/);
  });
});

describe('rights of the tasks that run', () => {
  const put = (key: string): Call => ({ method: 'PUT', path: `consul/kv/${key}`, body: '1' });
  const announce = (name: string): Call => ({
    method: 'PUT',
    path: 'consul/agent/service/register',
    body: JSON.stringify({ Name: name }),
  });
  const beyond: Call[] = [
    { path: 'consul/acl/tokens' },
    { path: 'nomad/acl/tokens' },
    put('other'),
    put('pipecat/config/a'),
    announce('evil'),
    SUBMIT_JOB,
  ];
  const refused = beyond.map(() => 403);

  test('the agent', { timeout: MINUTES }, async () => {
    const calls = [...beyond, announce('llama-api-evil'), { path: 'nomad/jobs' }];
    expect(await asTask(first, 'pipecat-app/dist/main.js', calls)).toEqual([...refused, 403, 200]);
  });

  test('an expert', { timeout: MINUTES }, async () => {
    const node = lab.node(/head on (node\d)/.exec((await good('heal_cluster.yaml')).text)?.[1] ?? '');
    const calls = [...beyond, { path: 'nomad/jobs' }, { path: 'consul/kv/pipecat/config/a' }, put('pipecat/power/a')];
    expect(await asTask(node, 'jobs/dist/head/main.js', calls)).toEqual([...refused, 403, 403, 403]);
  });

  test('the power agent', { timeout: MINUTES }, async () => {
    const calls = [...beyond, put('pipecat/experts/a'), { path: 'nomad/jobs' }];
    expect(await asTask(second, 'power-agent/dist/main.js', calls)).toEqual([...refused, 403, 200]);
  });

  test.each([
    ['health-check', [403, 403]],
    ['llama-benchmark', [403, 200]],
  ])('%s', { timeout: 3 * MINUTES }, async (id, own) => {
    const calls = [...beyond, put('pipecat/power/a'), put('pipecat/experts/a')];
    await asManager(first, `nomad job stop -purge ${id} >/dev/null 2>&1 || true`);
    expect(await probeAs(id, calls, { manager: first, node: second })).toEqual([...refused, ...own]);
    await asManager(first, 'consul kv delete pipecat/experts/a');
  });

  test('tasks are no root, and no other user reads their tokens', async () => {
    const owner = (program: string): Promise<string> => on(first, `ps -o user= -p $(pgrep -f '${program}$' | head -1)`);
    expect(await owner('pipecat-app/dist/main.js')).toBe('twin');
    expect(await on(first, "find /opt/nomad/data/alloc -path '*secrets*' -type f -perm /o=r,g=r | head")).toBe('');
    const stolen = await first.ssh('ls /opt/nomad/data/alloc', { user: 'person' });
    expect(stolen.code).not.toBe(0);
  });
});

test('the benchmark measures every node and keeps what it found', { timeout: 5 * MINUTES }, async () => {
  const { text } = await good('benchmark.yaml');
  expect(text.match(/answer [\d.]+ tokens\/s/g)).toHaveLength(3);
  const kept = await until('The figures', () => asManager(first, 'consul kv get pipecat/experts/main/bench'));
  expect(kept).toMatch(/node3/);
});
