# shellcheck shell=bash
# The speech engine, the memory's libraries and the model files. Sourced, never run.

own_ears() { [ "${STT_SERVICE:-whispercpp}" = whispercpp ]; }

plan_engine() {
  if ! own_ears; then return; fi
  scripts/build-whisper.sh --out "$TWIN_ENGINES" --check || printf 'build the speech engine for this CPU (some minutes)'
}

do_engine() {
  local jobs
  jobs=$(jobs_for_memory)
  TWIN_DEBUG=$DEBUG scripts/build-whisper.sh --out "$TWIN_ENGINES" --jobs "$jobs"
}

# One compiler per core, but no more than one per gigabyte of free memory.
jobs_for_memory() {
  local cores gigabytes
  cores=$(nproc)
  gigabytes=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  if [ "$gigabytes" -lt 1 ]; then gigabytes=1; fi
  printf '%s' "$((cores < gigabytes ? cores : gigabytes))"
}

plan_memory() {
  # Their sources come with the npm packages.
  if [ -n "$(plan_modules)" ] || ! node_fits || ! scripts/build-memory.sh --out "$TWIN_ENGINES" --check 2>/dev/null; then
    printf 'build the libraries of the long-term memory (a minute)'
  fi
}

do_memory() { TWIN_DEBUG=$DEBUG scripts/build-memory.sh --out "$TWIN_ENGINES"; }

# Only the kinds that run on this machine: an outside server needs no model here.
models_command() {
  local kinds=(embedding)
  if own_ears; then kinds+=(stt); fi
  if [ -z "$MODEL_SERVER" ] && [ -z "${LLM_BASE_URL:-}" ]; then kinds+=(llm); fi
  node pipecat-app/bin/twin.js models pull --defaults --kind "${kinds[@]}" "$@"
}

plan_models() {
  if [ -n "$(plan_modules)$(plan_build)" ] || ! node_fits; then printf 'fetch the models'; return; fi
  local missing
  missing=$(models_command --dry-run | tr '\n' ' ') || { printf 'fetch the models'; return; }
  [ -z "$missing" ] || printf 'fetch models, for each kind the first that can be had: %s' "${missing% }"
}

# At a terminal the licenses are asked about; without one they are shown and taken as accepted, as --yes says.
do_models() {
  if [ "$ASSUME_YES" = 0 ] && [ -t 0 ]; then models_command; else models_command --yes; fi
}
