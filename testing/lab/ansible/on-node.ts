import type { LabNode } from '../lab-node.js';

/** What a command on a node wrote, without the line's end. It must succeed. */
export async function on(node: LabNode, command: string): Promise<string> {
  const { code, stdout, stderr } = await node.ssh(command);
  if (code !== 0) throw new Error(`${node.name}: ${command} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/** The same with the management tokens in the environment, on the primary controller. */
export function asManager(node: LabNode, command: string): Promise<string> {
  const tokens =
    'CONSUL_HTTP_TOKEN=$(cat /etc/consul.d/management_token) NOMAD_TOKEN=$(cat /etc/nomad.d/management_token)';
  return on(node, `export ${tokens}; ${command}`);
}

export type Call = { method?: string; path: string; body?: string };

/**
 * Status codes that the local Consul (`path` begins with `consul/`) or Nomad (`nomad/`) answers with, in order.
 * @param token file with the token, or none
 */
export async function statuses(node: LabNode, calls: readonly Call[], token?: string): Promise<number[]> {
  const lines = calls.map(({ method = 'GET', path, body }) => {
    const [server, rest] = [path.split('/')[0], path.slice(path.indexOf('/') + 1)];
    const address = `http://127.0.0.1:${server === 'consul' ? 8500 : 4646}/v1/${rest}`;
    const header = token ? `-H "X-${server === 'consul' ? 'Consul' : 'Nomad'}-Token: $(cat ${token})"` : '';
    return `curl -s -o /dev/null -w '%{http_code}\\n' -X ${method} ${header} ${body ? `-d '${body}'` : ''} '${address}'`;
  });
  return (await on(node, lines.join('\n'))).split('\n').map(Number);
}

/** Submits a job of one's own, which only a manager may. */
export const SUBMIT_JOB: Call = {
  method: 'POST',
  path: 'nomad/jobs',
  body: JSON.stringify({
    Job: {
      ID: 'evil',
      Type: 'batch',
      TaskGroups: [{ Name: 'g', Tasks: [{ Name: 't', Driver: 'raw_exec', Config: { command: '/bin/true' } }] }],
    },
  }),
};
