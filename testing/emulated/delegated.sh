#!/usr/bin/env bash
# Lays out control groups as systemd does for a unit with Delegate=yes and DelegateSubgroup=agent, then runs the checks in them.
# Run by control-group.long.test.ts in an emulated machine, where nobody else's groups are.
set -euo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
groups=/sys/fs/cgroup
echo '+memory +pids +cpu' >"$groups/cgroup.subtree_control"
for user in 0 1000; do
  unit=$groups/twin-$user
  mkdir -p "$unit/agent"
  chown -R "$user:$user" "$unit"
  sh -c "echo 0 >'$unit/agent/cgroup.procs' && exec setpriv --reuid=$user --regid=$user --clear-groups \
    node '$here/../dist/emulated/control-group-checks.js' '$unit'"
done
