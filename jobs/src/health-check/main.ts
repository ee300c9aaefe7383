import { ConsulAgent, type Instance } from '../consul-agent.js';
import { explain } from '../job-error.js';
import { probe } from './probe.js';
import { anyFailed, type Row, table } from './table.js';
import { type Target, targets } from './targets.js';

/** Probes every expert of the cluster and prints a table; the exit code is 1 when one fails, or when Consul does not answer. */
async function check(consul: ConsulAgent, patienceMs: number): Promise<Row[]> {
  const names = (await consul.services()).filter((name) => name.startsWith('llama-api-'));
  const services = new Map<string, Instance[]>();
  for (const name of names) services.set(name, (await consul.instances(name)).instances);
  const found = targets(services, await consul.list('pipecat/power/'), await consul.list('pipecat/experts/'));
  return Promise.all(found.map((target) => rowOf(target, patienceMs)));
}

async function rowOf(target: Target, patienceMs: number): Promise<Row> {
  const { expert } = target;
  const unknown = { expert, node: '-', model: '-', ms: '', degraded: '-' };
  if (target.kind === 'asleep') return { ...unknown, verdict: 'asleep' };
  if (target.kind === 'absent') return { ...unknown, verdict: `failed: ${target.why}` };
  const { node, meta } = target.instance;
  const start = performance.now();
  const problem = await probe(target.instance, patienceMs);
  return {
    expert,
    node,
    model: meta.model || '-',
    ms: String(Math.round(performance.now() - start)),
    degraded: meta.degraded === 'true' ? 'yes' : 'no',
    verdict: problem === undefined ? 'ok' : `failed: ${problem}`,
  };
}

try {
  const rows = await check(ConsulAgent.fromEnv(process.env), Number(process.env.TWIN_PROBE_TIMEOUT_MS || 60_000));
  process.stdout.write(rows.length > 0 ? `${table(rows)}\n` : 'no expert is known\n');
  if (anyFailed(rows)) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
