# shellcheck shell=bash
# The agent on this machine alone: prepares what is missing and starts it. Sourced, never run.

for part in packages node-headers node project engines tls; do
  # shellcheck source=/dev/null
  . "scripts/lib/$part.sh"
done

# name | what a person does when it fails
readonly STEPS='packages | Read the lines above. Is the network up, and does apt-get update work?
node     | Is the network up? Or install Node.js 20.19 or newer with npm yourself, then run again.
modules  | Is the network up, and does npm ping work? Then run again; the log is named above.
build    | Read the log above. Are there changed source files? git status shows them.
engine   | Read the log above. 2 GB of free disk and 1 GB of free memory are needed.
memory   | Read the log above. 1 GB of free memory is needed.
models   | Is the network up? Run again: what was fetched is kept. Or use --external-model-server URL.
tls      | Is openssl installed, and is the folder writable?'

preflight() {
  [ "$(uname -sm)" = 'Linux x86_64' ] ||
    die 1 "Twin needs Linux on x86-64; this is $(uname -sm)." 'Use a PC with Debian 12 or 13.'
  grep -qw ssse3 /proc/cpuinfo ||
    die 1 'This CPU lacks SSSE3, which the engines need.' 'Use a machine with an Intel Core 2 or newer CPU.'
  [ -w . ] || die 1 "This user cannot write to $PWD." "Run as the owner of the clone, or give it to $(id -un): chown -R"
}

# Disk space in megabytes that a first run needs where data goes and where the clone is.
readonly FIRST_RUN_MB=3000
require_disk() {
  local dir free
  for dir in "$TWIN_HOME" .; do
    free=$(df -Pm "$dir" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$FIRST_RUN_MB" ] ||
      die 1 "$free MB are free in $(cd "$dir" && pwd), a first run needs $FIRST_RUN_MB MB." 'Free some space, or set TWIN_HOME.'
  done
}

# Every step in order: skipped when nothing is to do, only named with --dry-run.
prepare() {
  local name next what todo=0
  while IFS='|' read -r -u 3 name next; do
    name=${name// /}
    what=$("plan_$name")
    if [ -z "$what" ]; then continue; fi
    todo=$((todo + 1))
    if [ "$DRY_RUN" = 1 ]; then say "would $what"; continue; fi
    if [ "$todo" = 1 ]; then require_disk; fi
    step "$what"
    # Neither the list nor the lock is for the children.
    "do_$name" 3<&- 8>&- || die 1 "The step failed: $what." "${next# }"
    done_in
  done 3<<<"$STEPS"
  if [ "$todo" = 0 ]; then say 'everything is in place'; fi
}

run_local() {
  local data=${XDG_DATA_HOME:-${HOME:?HOME is not set}/.local/share}/twin
  export TWIN_HOME=${TWIN_HOME:-$data} TWIN_MODELS=${TWIN_MODELS:-$data/models} TWIN_ENGINES=${TWIN_ENGINES:-$data/engines}
  export TWIN_DEBUG=$DEBUG
  preflight
  use_own_node
  if [ "$DRY_RUN" = 1 ]; then
    prepare
    if [ "$START" = 1 ]; then say 'would start the agent in the foreground'; fi
    exit 0
  fi

  mkdir -p "$TWIN_HOME" "$TWIN_MODELS" "$TWIN_ENGINES"
  chmod 0700 "$TWIN_HOME"
  exec 8>"$TWIN_HOME/.bootstrap.lock"
  flock -n 8 || die 1 'Another bootstrap is running.' 'Wait until it is done, then run again.'
  SCRATCH=$(mktemp -d "$TWIN_HOME/.scratch-XXXXXX")
  # shellcheck disable=SC2317 # called by the traps
  cleanup() { rm -rf "$SCRATCH"; }
  trap cleanup EXIT
  trap 'say; say "stopped; run again to go on from here"; exit 130' INT
  trap 'exit 143' TERM
  prepare

  if [ "$LAN" = 1 ]; then
    export TWIN_HOST=0.0.0.0 TWIN_TLS_CERT=$TWIN_HOME/tls/cert.pem TWIN_TLS_KEY=$TWIN_HOME/tls/key.pem
    explain_ca
  fi
  if [ -n "$MODEL_SERVER" ]; then export LLM_BASE_URL=$MODEL_SERVER; fi
  if [ "$START" = 0 ]; then
    say "ready after $SECONDS s; start with: ./bootstrap.sh --local"
    exit 0
  fi
  say "ready after $SECONDS s; starting the agent (Ctrl-C ends it)"
  # exec runs no EXIT trap, and the agent must not hold the lock.
  cleanup
  exec 8>&-
  # Both keep 10 MB that a machine of 8 GB has better uses for (docs/decisions/memory.md).
  export MALLOC_ARENA_MAX=2
  exec node --max-semi-space-size=4 pipecat-app/dist/main.js
}
