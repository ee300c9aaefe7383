import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { asManager, type Call } from './on-node.js';

/** Python that makes the calls with the tokens that the task has, and prints the statuses as JSON. */
const PROBE = (calls: readonly Call[]): string => `
import json, os, sys, time, urllib.error, urllib.request

def ask(call):
    server, path = call["path"].split("/", 1)
    address = "http://127.0.0.1:%d/v1/%s" % ({"consul": 8500, "nomad": 4646}[server], path)
    headers = {"X-Consul-Token": os.environ["CONSUL_HTTP_TOKEN"], "X-Nomad-Token": os.environ["NOMAD_TOKEN"]}
    body = call.get("body")
    request = urllib.request.Request(address, body and body.encode(), headers, method=call.get("method", "GET"))
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code

print(json.dumps([ask(call) for call in json.loads(${JSON.stringify(JSON.stringify(calls))})]))
sys.stdout.flush()
time.sleep(600)
`;

/** A job, for Nomad's API, with an id as one of ours and a service, whose only task tries what its tokens allow. */
function probeJob(id: string, node: string, calls: readonly Call[]): object {
  const identity = { Name: 'default', Audience: ['nomadproject.io'], Env: true };
  const task = {
    Name: 'probe',
    Driver: 'raw_exec',
    Config: { command: '/usr/bin/python3', args: ['local/probe.py'] },
    Consul: {},
    Identity: identity,
    Templates: [{ DestPath: 'local/probe.py', EmbeddedTmpl: PROBE(calls) }],
    Resources: { CPU: 50, MemoryMB: 64 },
  };
  const group = {
    Name: 'group',
    Networks: [{ DynamicPorts: [{ Label: 'http' }] }],
    Services: [{ Name: id, PortLabel: 'http', Provider: 'consul' }],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Nomad fills it in.
    Constraints: [{ LTarget: '${node.unique.name}', RTarget: node, Operand: '=' }],
    RestartPolicy: { Attempts: 0, Mode: 'fail' },
    Tasks: [task],
  };
  return { Job: { ID: id, Name: id, Type: 'service', Datacenters: ['*'], TaskGroups: [group] } };
}

/**
 * Runs a job of that id on `node`, and returns the statuses that its task got for the calls. Its service comes and goes with it.
 * @param nodes.manager the primary controller
 */
export async function probeAs(
  id: string,
  calls: readonly Call[],
  nodes: { manager: LabNode; node: LabNode },
): Promise<number[]> {
  const { manager, node } = nodes;
  const job = JSON.stringify(probeJob(id, node.name, calls)).replaceAll("'", "'\\''");
  await asManager(
    manager,
    `curl -sf -X POST -H "X-Nomad-Token: $NOMAD_TOKEN" -d '${job}' http://127.0.0.1:4646/v1/jobs`,
  );
  const said = await until(`The answers of ${id}`, () => lastWords(id, manager), { patienceMs: 60_000 });
  const services = async (): Promise<string[]> => (await asManager(manager, 'consul catalog services')).split('\n');
  await until(`The service of ${id}`, async () => (await services()).includes(id));
  await asManager(manager, `nomad job stop -purge ${id}`);
  await until(`The end of ${id}`, async () => !(await services()).includes(id));
  return JSON.parse(said) as number[];
}

async function lastWords(id: string, manager: LabNode): Promise<string | undefined> {
  const [allocation] = JSON.parse(await asManager(manager, `nomad job allocs -json ${id}`)) as { ID: string }[];
  const token = 'NOMAD_TOKEN=$(cat /etc/nomad.d/management_token)';
  const { stdout } = await manager.ssh(`${token} nomad alloc logs ${allocation?.ID}`);
  return stdout.trim() || undefined;
}
