# shellcheck shell=bash
# What every role of a node goes through: phases, their state and their time. Sourced, never run.

readonly STATE=.bootstrap_state.json
PHASES=()

require_systemd() {
  local state
  # Any other word than offline: systemd manages this machine.
  state=$(systemctl is-system-running 2>/dev/null) || true
  case $state in
    '' | offline | unknown)
      die 1 'systemd does not manage this machine, so it can be no node of a cluster.' 'For the agent on this machine alone: ./bootstrap.sh --local' ;;
  esac
}

# One at a time. What runs on after a killed bootstrap holds the lock too.
only_one() {
  if [ "$DRY_RUN" = 1 ]; then return; fi
  exec 8<bootstrap.sh
  flock -n 8 || die 1 'Another bootstrap is running here, or a playbook that one has started.' 'Wait until it is done, then run again with --continue.'
}

# Begins a list of what is done, or with --continue goes on with the one there is, if it is for the same options.
begin_state() {
  local words=("role=$ROLE" "controller-ip=$CONTROLLER_IP" "tags=$TAGS" "external-model-server=$(flag "$EXTERNAL" "${MODEL_SERVER:-yes}")")
  if [ "$DRY_RUN" = 1 ] && [ "$CONTINUE" = 0 ]; then return; fi
  # With Debian's smallest installation Python is not there yet, and neither is anything to go on with.
  if ! command -v python3 >/dev/null; then phase packages install_packages python3; fi
  if [ "$CONTINUE" = 1 ]; then
    python3 scripts/lib/bootstrap_state.py "$STATE" continue "${words[@]}"
  else
    python3 scripts/lib/bootstrap_state.py "$STATE" begin "${words[@]}"
  fi
}

# is_done NAME: with --continue, whether it succeeded with the same inputs; says so.
is_done() {
  if [ "$CONTINUE" = 0 ]; then return 1; fi
  python3 scripts/lib/bootstrap_state.py "$STATE" is-done "$1"
}

note_done() { python3 scripts/lib/bootstrap_state.py "$STATE" note "$1" "$2"; }

# phase NAME FUNCTION ARGS…: runs it with its time kept; only says so with --dry-run. Ends with the function's status.
phase() {
  local name=$1 status=0
  shift
  if [ "$DRY_RUN" = 1 ]; then say "would do: $name"; return; fi
  step "$name"
  "$@" || status=$?
  if [ "$status" -ne 0 ]; then exit "$status"; fi
  PHASES+=("$name|$((SECONDS - STEP_START))")
  done_in
}

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

install_packages() {
  local package missing=()
  # After a power cut in the middle of an installation dpkg does nothing until that is told.
  if [ -n "$(dpkg --audit 2>/dev/null)" ] || [ -n "$(find /var/lib/dpkg/updates -type f 2>/dev/null)" ]; then
    quiet_apt env DEBIAN_FRONTEND=noninteractive dpkg --configure -a || true
  fi
  for package in "$@"; do installed "$package" || missing+=("$package"); done
  if [ "${#missing[@]}" -eq 0 ]; then return; fi
  command -v apt-get >/dev/null || die 1 'This is no Debian: packages cannot be installed.' 'Use Debian 13 for a node.'
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${missing[@]}")
  if quiet_apt "${apt[@]}"; then return; fi
  quiet_apt apt-get -q update || true
  quiet_apt "${apt[@]}" && return
  printf '%s\n' "$APT_SAID" >&2
  die 1 "apt-get could not install ${missing[*]}." 'Read the lines above. Is the network up? apt-get update says more.'
}

quiet_apt() {
  if [ "$DEBUG" = 1 ]; then as_root "$@"; return; fi
  APT_SAID=$(as_root "$@" 2>&1 | tail -n 15)
}

# The address by which this machine speaks to the network, and its name without a domain.
own_address() { ip -4 -o route get 192.0.2.1 | sed -n 's/.* src \([0-9.]*\).*/\1/p'; }
own_name() { hostname -s | tr '[:upper:]' '[:lower:]'; }

tell_end() {
  local entry address
  if [ "$DRY_RUN" = 1 ]; then return; fi
  say
  for entry in "${PHASES[@]}"; do printf '%6d s  %s\n' "${entry##*|}" "${entry%|*}"; done
  printf '%6d s  in all\n\n' "$SECONDS"
  if [ "$ROLE" = worker ]; then
    say "$(own_name) is a node of the cluster of $CONTROLLER_IP. There: nomad node status"
    return
  fi
  address=$(own_address)
  if [ "$ROLE" = all ]; then say "Mission Control  https://$address:8000  sign-in link: sudo twin signin"; fi
  cat <<EOT
Consul           http://127.0.0.1:8500   sudo cat /etc/consul.d/management_token
Nomad            http://127.0.0.1:4646   sudo cat /etc/nomad.d/management_token
                 on this machine only; from another: ssh -L 8500:127.0.0.1:8500 -L 4646:127.0.0.1:4646 $(id -un)@$address
One more node    sudo scripts/join-token.sh   here, then on it: ./bootstrap.sh --role worker --controller-ip $address
EOT
}
