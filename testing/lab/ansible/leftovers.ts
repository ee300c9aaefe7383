import type { LabNode } from '../lab-node.js';
import { on } from './on-node.js';

/** Whatever a node still has of the cluster after uninstall.yaml, one line each. Models and the state of the agent may stay. */
export async function leftovers(node: LabNode): Promise<string[]> {
  const found = await on(node, LOOK);
  return found.split('\n').filter(Boolean);
}

const LOOK = `exec 2>&1
# Of the lab's own there is nomad.service.d; of the package of the clock nothing is ours.
ls -d /etc/systemd/system/*twin* /etc/systemd/system/nomad.service /etc/systemd/system/consul.service /etc/systemd/system/nginx.service \\
  /etc/systemd/system/multi-user.target.wants/*twin* /etc/tmpfiles.d/twin* /etc/ssh/sshd_config.d/twin* /etc/twin /etc/consul.d /etc/nomad.d \\
  /opt/consul /run/twin /srv/twin-depot /usr/local/bin/nomad /usr/local/bin/consul /usr/local/bin/twin /usr/local/lib/twin-join \\
  /var/lib/twin-join /var/spool/twin-join /var/log/twin 2>/dev/null
ls -d /opt/twin/* /opt/nomad/* 2>/dev/null | grep -vxE '/opt/twin/home|/opt/nomad/models'
systemctl list-units --all --no-legend --plain 'twin*' nomad.service consul.service nginx.service 'run-twin*'
nft list tables | grep twin
getent passwd consul twin twin-depot twin-join twin-power
getent group twin-tls twin-join twin-power
grep -n 'Twin' /etc/hosts
ps -eo pid=,user=,args= | grep -E '/opt/(twin|nomad|consul)/|nginx' | grep -v grep
awk '$2 ~ "^/(opt|run)/(twin|nomad)" { print "mounted " $2 }' /proc/mounts
true`;
