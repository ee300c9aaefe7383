import type { LabNode } from '../lab-node.js';

/**
 * Nodes of the lab have no controllers of control groups, and without them Nomad, as root, starts no task. Plain files
 * in their place let it: tasks run, limits do not hold. Before Nomad's first start.
 */
export async function standInForCgroups(node: LabNode): Promise<void> {
  const { code, stderr } = await node.ssh('sh -s', { input: SCRIPT });
  if (code !== 0) throw new Error(`${node.name}: ${stderr}`);
}

const SCRIPT = `set -eu
mkdir -p /etc/systemd/system/nomad.service.d
cat > /etc/tmpfiles.d/lab-cgroups.conf <<'END'
d /run/lab-cgroups/cpuset 0755
d /run/lab-cgroups/cpuset/nomad 0755
f /run/lab-cgroups/cpuset/cpuset.mems 0644 - - - 0
f /run/lab-cgroups/cpuset/cpuset.cpus 0644 - - - 0-1
f /run/lab-cgroups/cpuset/nomad/cpuset.mems 0644 - - - 0
f /run/lab-cgroups/cpuset/nomad/cpuset.cpus 0644 - - - 0-1
END
systemd-tmpfiles --create lab-cgroups.conf
cat > /etc/systemd/system/nomad.service.d/lab.conf <<'END'
[Service]
TemporaryFileSystem=/sys/fs/cgroup
BindPaths=/run/lab-cgroups/cpuset:/sys/fs/cgroup/cpuset
END
`;
