# shellcheck shell=bash
# npm packages and the build of the project itself, each done again only when its inputs changed. Sourced, never run.

readonly MODULES_STAMP=node_modules/.twin-stamp
readonly BUILD_STAMP=pipecat-app/dist/.twin-stamp

modules_inputs() {
  local manifests=(package.json package-lock.json .npmrc)
  local workspace
  for workspace in hashi pipecat-app pipecat-app/web power-agent pxe jobs testing; do manifests+=("$workspace/package.json"); done
  printf '%s %s\n' "$(printf '%s\0' "${manifests[@]}" | fingerprint)" "$(node --version 2>/dev/null | cut -d. -f1)"
}

source_inputs() {
  {
    find package-lock.json tsconfig.json tsconfig.base.json hashi pipecat-app power-agent pxe jobs \
      \( -name node_modules -o -name dist \) -prune -o -type f -print0
    find testing \( -name node_modules -o -name dist \) -prune -o -name '*.ts' -print0
  } | fingerprint
}

plan_modules() {
  stamp_holds "$MODULES_STAMP" "$(modules_inputs)" || printf 'install the npm packages of package-lock.json'
}

do_modules() {
  rm -f "$MODULES_STAMP"
  # The CPU part of onnxruntime is inside its package; its install script would look for GPU parts.
  run_logged "$TWIN_HOME/log/npm-ci.log" env ONNXRUNTIME_NODE_INSTALL=skip npm ci --no-audit --no-fund || return 1
  modules_inputs >"$MODULES_STAMP"
}

plan_build() {
  if [ ! -f pipecat-app/dist/main.js ] || ! stamp_holds "$BUILD_STAMP" "$(source_inputs)"; then
    printf 'build the agent and Mission Control'
  fi
}

do_build() {
  rm -f "$BUILD_STAMP"
  run_logged "$TWIN_HOME/log/build.log" npm run build || return 1
  source_inputs >"$BUILD_STAMP"
}
