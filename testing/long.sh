#!/usr/bin/env bash
# Runs the suites that take minutes: files named *.long.test.ts. The machine must have been prepared by testing/test.sh.
# The last line of the output is the result: `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  -h | --help)
    echo 'Usage: testing/long.sh [FILTER...]   FILTER is a part of a file name; without one all suites run'
    exit 0
    ;;
esac
bin="${TWIN_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/twin}/node/bin"
if [ -x "$bin/node" ]; then export PATH="$bin:$PATH"; fi
exec node_modules/.bin/vitest run --project long "$@"
