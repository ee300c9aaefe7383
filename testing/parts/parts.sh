#!/usr/bin/env bash
# Brings the servers that a cluster on one machine needs: Nomad, Consul and llama.cpp's own. See --help.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=scripts/lib/say.sh
. "$root/scripts/lib/say.sh"
# shellcheck source=scripts/lib/cpu-class.sh
. "$root/scripts/lib/cpu-class.sh"
# shellcheck source=testing/parts/lib/store.sh
. "$here/lib/store.sh"
# shellcheck source=testing/parts/lib/go.sh
. "$here/lib/go.sh"
# shellcheck source=testing/parts/lib/hashicorp.sh
. "$here/lib/hashicorp.sh"
# shellcheck source=testing/parts/lib/llama.sh
. "$here/lib/llama.sh"

usage() {
  cat <<EOF
usage: testing/parts/parts.sh [--only nomad,consul,llama] [--class auto|core2|x86-64-v2|x86-64-v3] [--jobs N] [--check]

Builds what is missing and leaves the rest alone; a second run takes a second and needs no network.

  --only   these parts (default: all)
  --class  the CPU that llama.cpp's servers are for (default: auto, this machine's)
  --jobs   compilers at once (default: one per core)
  --check  build nothing; the exit code says whether everything is there

Where they go: \$TWIN_PARTS (default ${XDG_CACHE_HOME:-~/.cache}/twin/parts)/<name>-<version>[-<cpu class>]/
Nomad and Consul are built with Go; a release archive is used instead where both are set:
  TWIN_NOMAD_ARCHIVE   its address or path      TWIN_NOMAD_SHA256   its checksum
  TWIN_CONSUL_ARCHIVE  its address or path      TWIN_CONSUL_SHA256  its checksum
EOF
}

wrong_use() { printf 'error: %s\n' "$1" >&2; usage >&2; exit 2; }

only=nomad,consul,llama
class=auto
jobs=$(nproc)
check=0
while [ $# -gt 0 ]; do
  case $1 in
    --only | --class | --jobs)
      [ -n "${2:-}" ] || wrong_use "$1 needs a value"
      case $1 in --only) only=$2 ;; --class) class=$2 ;; --jobs) jobs=$2 ;; esac
      shift 2 ;;
    --check) check=1; shift ;;
    -h | --help) usage; exit 0 ;;
    *) wrong_use "unknown option $1" ;;
  esac
done
[[ $jobs =~ ^[1-9][0-9]*$ ]] || wrong_use "--jobs must be a whole number from 1, not '$jobs'"
IFS=, read -ra names <<<"$only"
for name in "${names[@]}"; do
  case $name in nomad | consul | llama) ;; *) wrong_use "no part is named '$name'" ;; esac
done
case $class in
  core2 | x86-64-v2 | x86-64-v3) ;;
  auto) class=$(cpu_class /proc/cpuinfo) ||
    die 1 'This CPU lacks SSSE3, which the engines need.' 'Use a machine with an Intel Core 2 or newer CPU.' ;;
  *) wrong_use "unknown class $class" ;;
esac

export TWIN_PARTS=${TWIN_PARTS:-${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/twin/parts}
mkdir -p "$TWIN_PARTS"
work=
# shellcheck disable=SC2317  # called by the traps
cleanup() { [ -z "$work" ] || rm -rf "$work"; }
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for name in "${names[@]}"; do
  # Each part sets: target, recipe, programs; and has a function build_NAME that fills $work/new.
  "describe_$name"
  if [ "$check" = 1 ]; then
    stored || die 1 "$name is not in $target." 'Run testing/parts/parts.sh'
    continue
  fi
  if stored; then say "$name is there: $target"; continue; fi
  exec 9>"$TWIN_PARTS/.$(basename "$target").lock"
  if ! flock -n 9; then say "waiting for another build of $name"; flock 9; fi
  if stored; then say "$name is there: $target"; continue; fi
  work=$(mktemp -d "$TWIN_PARTS/.build-XXXXXX")
  mkdir "$work/new"
  step "$name, to $target"
  "build_$name"
  store
  done_in
  rm -rf "$work"
  work=
  exec 9>&-
done
