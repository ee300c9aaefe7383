import { describe, expect, it } from 'vitest';
import { inventory, knownHosts, sshConfig } from './access-files.js';

const nodes = [
  { name: 'node1', address: '10.77.0.11', open: 'ssh-ed25519 AAA1 lab\n' },
  { name: 'node2', address: '10.77.0.12', open: 'ssh-ed25519 AAA2 lab\n' },
];

describe('the files by which a lab is reached', () => {
  it('know every host key by name and address', () => {
    expect(knownHosts(nodes)).toBe('node1,10.77.0.11 ssh-ed25519 AAA1 lab\nnode2,10.77.0.12 ssh-ed25519 AAA2 lab\n');
  });

  it('trust no other key', () => {
    const text = sshConfig('/lab', nodes);
    expect(text).toContain('Host node2\n  HostName 10.77.0.12\n');
    expect(text).toContain('IdentityFile /lab/keys/access\n');
    expect(text).toContain('StrictHostKeyChecking yes\n');
  });

  it('keep connections for later apart from those of other labs', () => {
    expect(inventory('/lab', nodes)).toContain('ansible_control_path_dir: /lab/ssh\n');
  });

  it('make the first node the controller and the others workers', () => {
    const lines = inventory('/lab', nodes).split('\n');
    const after = (name: string): string =>
      lines
        .slice(lines.indexOf(`    ${name}:`))
        .slice(0, 3)
        .join('\n');
    expect(after('controller_nodes')).toContain('node1: { ansible_host: 10.77.0.11 }');
    expect(after('worker_nodes')).toContain('node2: { ansible_host: 10.77.0.12 }');
    expect(inventory('/lab', nodes.slice(0, 1))).toContain('    worker_nodes:\n      hosts: {}\n');
  });
});
