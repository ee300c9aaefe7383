#!/usr/bin/env bash
# Makes this machine a node of a cluster, or (--local) runs the agent on it alone: see ./bootstrap.sh --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

for part in say stamp options root-rights clean cluster provision join local; do
  # shellcheck source=/dev/null
  . "scripts/lib/$part.sh"
done

parse_options "$@"
keep_output
if [ "$CLEAN" = 1 ]; then clean_clone; fi

if [ "$LOCAL" = 1 ]; then
  run_local
else
  require_systemd
  only_one
  ask_for_root_rights
  begin_state
  if [ "$ROLE" = worker ]; then
    phase packages install_packages openssh-server python3 sudo
    phase join join_cluster
  else
    phase packages install_packages ansible-core openssh-client openssh-server python3 sudo
    phase inventory name_this_machine
    if [ "$ROLE" = all ]; then
      # shellcheck disable=SC2046,SC2086 # lists of names
      phase 'packages of the agent' install_packages zstd $DEBIAN_PACKAGES $(header_package)
      phase agent build_agent
    fi
    if [ "$PURGE_JOBS" = 1 ]; then phase 'purge of jobs' purge_jobs; fi
    run_playbooks
  fi
  tell_end
fi
