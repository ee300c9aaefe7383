import { join } from 'node:path';

/** A node as its key files name it; `open` is its public host key. */
export type Reachable = { name: string; address: string; open: string };

/** What ssh knows of the nodes' host keys. */
export function knownHosts(nodes: readonly Reachable[]): string {
  return nodes.map(({ name, address, open }) => `${name},${address} ${open.trim()}\n`).join('');
}

/** Settings of ssh for the lab kept in `folder`. */
export function sshConfig(folder: string, nodes: readonly Reachable[]): string {
  const hosts = nodes.map(({ name, address }) => `Host ${name}\n  HostName ${address}\n`).join('');
  return `${hosts}Host *
  User root
  IdentityFile ${join(folder, 'keys', 'access')}
  IdentitiesOnly yes
  UserKnownHostsFile ${join(folder, 'known_hosts')}
  StrictHostKeyChecking yes
  ServerAliveInterval 5
  ServerAliveCountMax 3
  LogLevel ERROR
`;
}

/** Ansible's inventory of the lab: the first node is the controller, the others are workers. */
export function inventory(folder: string, nodes: readonly Reachable[]): string {
  const host = ({ name, address }: Reachable): string => `        ${name}: { ansible_host: ${address} }`;
  const group = (name: string, members: readonly Reachable[]): string =>
    `    ${name}:\n      hosts:${members.length > 0 ? `\n${members.map(host).join('\n')}` : ' {}'}`;
  return `all:
  vars:
    ansible_user: root
    ansible_python_interpreter: /usr/bin/python3
    ansible_ssh_common_args: -F ${join(folder, 'ssh_config')}
  children:
${group('controller_nodes', nodes.slice(0, 1))}
${group('worker_nodes', nodes.slice(1))}
    workers:
      children:
        worker_nodes: {}
`;
}
