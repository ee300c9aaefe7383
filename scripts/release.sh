#!/usr/bin/env bash
# Makes the release that every node of a cluster runs: see --help and docs/decisions/release.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for part in say stamp cpu-class node-headers node project engines release/parts release/app release/runtime release/native release/bpf release/models; do
  # shellcheck source=/dev/null
  . "scripts/lib/$part.sh"
done

usage() {
  cat <<'EOF'
usage: scripts/release.sh [--class auto|core2|x86-64-v2|x86-64-v3[,…]] [--out DIR] [--no-pull] [--dry-run]

Packs, once, everything that a node runs: the built checkout with its npm packages, Node.js, llama.cpp's programs and the engines
for each CPU class, the power agent's traffic monitor, the models. What was packed before is taken as it is. The last line of the output is the release's folder.

  --class    CPU classes, separated by commas (default: auto, this machine's); they are added to those that the release has
  --out      where releases are kept (default: $TWIN_RELEASE, else ~/.cache/twin/release)
  --no-pull  fetch no models; those that are here go into it
  --dry-run  say what would be made, change nothing

Needs a built checkout: ./bootstrap.sh --local --no-start. Missing programs are compiled (some minutes for each class).
EOF
}

wrong_use() { printf 'error: %s\n\n' "$1" >&2; usage >&2; exit 2; }

data=${XDG_DATA_HOME:-${HOME:?HOME is not set}/.local/share}/twin
cache=${XDG_CACHE_HOME:-$HOME/.cache}/twin
export TWIN_HOME=${TWIN_HOME:-$data} TWIN_MODELS=${TWIN_MODELS:-$data/models} TWIN_ENGINES=${TWIN_ENGINES:-$data/engines}
export TWIN_PARTS=${TWIN_PARTS:-$cache/parts}
out=${TWIN_RELEASE:-$cache/release} wanted=auto pull=1 dry=0
# Read by models_command: the cluster's models do not depend on which server this machine would use.
# shellcheck disable=SC2034
MODEL_SERVER=
while [ $# -gt 0 ]; do
  case $1 in
    --class | --out)
      case ${2:-} in '' | -*) wrong_use "$1 needs a value" ;; esac
      case $1 in --class) wanted=$2 ;; --out) out=$2 ;; esac
      shift ;;
    --no-pull) pull=0 ;;
    --dry-run) dry=1 ;;
    -h | --help) usage; exit 0 ;;
    *) wrong_use "unknown option $1" ;;
  esac
  shift
done
[ "$wanted" != auto ] || wanted=$(cpu_class /proc/cpuinfo) ||
  die 1 'This CPU lacks SSSE3, which the engines need.' 'Name the classes of the nodes: --class core2'
IFS=, read -ra classes <<<"$wanted"
for class in "${classes[@]}"; do
  case $class in core2 | x86-64-v2 | x86-64-v3) ;; *) wrong_use "unknown class '$class'" ;; esac
done
for tool in zstd tar sha256sum flock ldd; do
  command -v "$tool" >/dev/null || die 1 "The release needs '$tool'." 'Install it: apt-get install zstd tar coreutils util-linux libc-bin'
done
require_built

# What all nodes share, and how the rest is built. The classes that are in it are no part of the name: a node of another class must
# not change the others.
release_id() {
  {
    app_inputs
    runtime_inputs
    cat testing/parts/lib/llama.sh scripts/build-whisper.sh scripts/build-memory.sh power-agent/bpf/*.[ch] power-agent/bpf/build.sh
  } | sha256sum | cut -c1-16
}

if [ "$dry" = 1 ]; then
  use_own_node
  for class in "${classes[@]}"; do
    say "would see to it that llama.cpp's programs and the engines are built for $class"
  done
  [ "$pull" = 0 ] || say 'would fetch the default models that are missing'
  say "would pack app, node, llama and engines for ${classes[*]} and the models of $TWIN_MODELS into a folder of $out"
  exit 0
fi

mkdir -p "$out/.parts" "$TWIN_HOME" "$TWIN_MODELS" "$TWIN_ENGINES"
out=$(cd "$out" && pwd)
exec 8>"$out/.lock"
if ! flock -n 8; then say 'waiting for another release'; flock 8; fi
SCRATCH=$(mktemp -d "$out/.new-XXXXXX")
# shellcheck disable=SC2317 # called by the traps
cleanup() { rm -rf "$SCRATCH"; }
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
new=$SCRATCH/release
mkdir "$new"

choose_runtime
for class in "${classes[@]}"; do
  build_native "$class" 8>&- || die 1 "What nodes of class $class run could not be built." 'The lines above say more; cmake, g++ and 2 GB of memory are needed.'
done
[ "$pull" = 0 ] || pull_models 8>&- || die 1 'The models could not be fetched.' 'Is the network up? What was fetched is kept. With --no-pull only those that are here are taken.'

id=$(release_id)
# Classes that were added before stay.
for file in "$out/$id"/llama-*.tar.zst; do
  class=${file##*/llama-} class=${class%.tar.zst}
  case " ${classes[*]} * " in *" $class "*) ;; *) classes+=("$class"); build_native "$class" 8>&- ;; esac
done
build_bpf
part app.tar.zst "$(app_inputs)" pack_app
part node.tar.zst "$(runtime_inputs)" pack_runtime
[ -z "$BPF" ] || part bpf.tar.zst "$(bpf_inputs)" pack_bpf
for class in "${classes[@]}"; do
  part "llama-$class.tar.zst" "$(llama_inputs "$class")" pack_llama "$class"
  part "engines-$class.tar.zst" "$(engines_inputs "$class")" pack_engines "$class"
done
place_models || die 1 'The models could not be listed.' 'Try it: node pipecat-app/bin/twin.js models list'
{
  printf '{"id": "%s", "llama_build": "%s", "files": [\n' "$id" "$(llama_version)"
  sort "$SCRATCH/lines" | sed '$!s/$/,/'
  printf ']}\n'
} >"$new/manifest.json"

if cmp -s "$new/manifest.json" "$out/$id/manifest.json"; then
  touch "$out/$id"
  say "the release $id is there"
else
  # A folder cannot be renamed over a full one.
  [ ! -e "$out/$id" ] || mv "$out/$id" "$SCRATCH/old"
  mv "$new" "$out/$id"
  say "made the release $id: $(du -shL "$out/$id" | cut -f1)"
fi
# The newest four stay: others may be at work with them.
find "$out" -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf '%T@ %p\n' | sort -rn | tail -n +5 | cut -d' ' -f2- | xargs -r rm -rf
forget_old_parts
say "$out/$id"
