# shellcheck shell=bash
# How the scripts speak to a person: one line per step, errors with a next step. Sourced, never run.

# die CODE MESSAGE NEXT: says what failed and what to do, on standard error, and ends with CODE.
die() {
  printf '\nerror: %s\n' "$2" >&2
  [ -z "${3:-}" ] || printf 'next:  %s\n' "$3" >&2
  exit "$1"
}

say() { printf '%s\n' "$*"; }

# step NAME: announces a step; done_in says how long it took.
step() {
  STEP_START=$SECONDS
  printf '==> %s\n' "$1"
}

done_in() { printf '    done in %d s\n' "$((SECONDS - STEP_START))"; }

# run_logged LOG COMMAND…: runs quietly, its output kept in LOG; on failure shows the end of LOG and returns its status.
run_logged() {
  local log=$1 status=0
  shift
  mkdir -p "$(dirname "$log")"
  if [ "${TWIN_DEBUG:-0}" = 1 ]; then
    "$@" 2>&1 | tee "$log"
    return "${PIPESTATUS[0]}"
  fi
  "$@" >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    printf -- '--- the last lines of %s\n' "$log" >&2
    tail -n 20 "$log" >&2
  fi
  return "$status"
}
