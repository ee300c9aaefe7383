#!/usr/bin/env bash
# Compiles the native halves of faiss-node and better-sqlite3 for this machine's Node.js and installs them beside the
# engines. Their sources come with the npm packages; their own install scripts would look for finished files on the network.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/say.sh
. "$here/lib/say.sh"
# shellcheck source=scripts/lib/node-headers.sh
. "$here/lib/node-headers.sh"

usage() {
  cat <<USAGE
usage: scripts/build-memory.sh [--out DIR] [--check]

  --out     where engines live (default: \$TWIN_ENGINES, else the data directory of this user)
  --check   build nothing; the exit code says whether both are installed
USAGE
}

wrong_use() { printf 'error: %s\n' "$1" >&2; usage >&2; exit 2; }

out=${TWIN_ENGINES:-${XDG_DATA_HOME:-$HOME/.local/share}/twin/engines}
check=0
while [ $# -gt 0 ]; do
  case $1 in
    --out) [ -n "${2:-}" ] || wrong_use "$1 needs a value"; out=$2; shift 2 ;;
    --check) check=1; shift ;;
    -h | --help) usage; exit 0 ;;
    *) wrong_use "unknown option $1" ;;
  esac
done

modules=$here/../node_modules
faiss=$modules/faiss-node
sqlite=$modules/better-sqlite3
# -O2 for SQLite: -O3 takes a third longer to compile and measures the same.
options=(-O2 -fPIC -w -march=x86-64)
target=$out/memory-$(node -p process.versions.modules)
recipe=$({ printf '%s\n' "${options[@]}"; cat "$faiss/package.json" "$sqlite/package.json" "$here/build-memory.sh" "$here/lib/faiss-index-type.h"; } |
  sha256sum | cut -d' ' -f1)
installed() {
  [ -f "$target/faiss-node.node" ] && [ -f "$target/better_sqlite3.node" ] && grep -qsx "recipe $recipe" "$target/BUILD"
}
if [ "$check" = 1 ]; then
  installed
  exit
fi
if installed; then
  say "the memory's libraries are already there: $target"
  exit 0
fi

for tool in cc c++; do
  command -v "$tool" >/dev/null || die 1 "The build needs '$tool'." 'Install it: apt-get install g++'
done
[ -f /usr/include/faiss/Index.h ] || die 1 'The headers of faiss are not here.' 'Install them: apt-get install libfaiss-dev libopenblas-dev'
headers=$(node_headers) ||
  die 1 "The headers of Node.js $(node --version) are not here." 'Install them: apt-get install libnode-dev'
mkdir -p "$out"
work=$(mktemp -d "$out/.build-XXXXXX")
# shellcheck disable=SC2317  # called by the trap
cleanup() { rm -rf "$work"; }
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
exec 9>"$out/.build-memory.lock"
flock 9

addon_api=$faiss/node_modules/node-addon-api
[ -d "$addon_api" ] || addon_api=$modules/node-addon-api
# SQLite's own options, as the package's build file lists them.
mapfile -t defines < <(sed -n "s/^ *'\([A-Z][A-Z0-9_]*\(=[-0-9]*\)\{0,1\}\)',\$/-D\1/p" "$sqlite/deps/defines.gypi")
[ "${#defines[@]}" -gt 30 ] || die 1 'The options of SQLite cannot be read.' 'Install the npm packages again: npm ci'

build_faiss() {
  c++ -std=c++17 "${options[@]}" -shared -fopenmp -DNAPI_VERSION=8 -DNAPI_CPP_EXCEPTIONS \
    -include "$here/lib/faiss-index-type.h" -I"$headers" -I"$addon_api" \
    "$faiss/src/faiss.cc" -o "$work/faiss-node.node" -Wl,--exclude-libs,ALL -lfaiss -lopenblas
}
build_sqlite() {
  cc -std=c99 "${options[@]}" -DNDEBUG "${defines[@]}" -c "$sqlite/deps/sqlite3/sqlite3.c" -o "$work/sqlite3.o" &&
    c++ -std=c++20 "${options[@]}" -DNDEBUG -DNODE_GYP_MODULE_NAME=better_sqlite3 -DBUILDING_NODE_EXTENSION -shared \
      -I"$headers" -I"$sqlite/deps/sqlite3" "$sqlite/src/better_sqlite3.cpp" "$work/sqlite3.o" \
      -o "$work/better_sqlite3.node" -Wl,-Bsymbolic -Wl,--exclude-libs,ALL
}
say "building the memory's libraries, a minute or two; log: $out/memory.log"
build() { build_faiss && build_sqlite; }
TWIN_DEBUG=${TWIN_DEBUG:-0} run_logged "$out/memory.log" build ||
  die 1 "The memory's libraries did not compile." "Read $out/memory.log; g++ 12 or newer and 1 GB of free memory are needed."

new=$work/new
mkdir "$new"
for library in faiss-node better_sqlite3; do install -m 0644 -s "$work/$library.node" "$new/$library.node"; done
{
  printf 'recipe %s\nnode %s\ncompiler %s\n' "$recipe" "$(node --version)" "$(c++ --version | head -n 1)"
  printf 'option %s\n' "${options[@]}"
} >"$new/BUILD"
# A rename is all or nothing; an older build moves aside first because a directory cannot be renamed over a full one.
[ ! -e "$target" ] || mv "$target" "$work/old"
mv "$new" "$target"
say "installed $target"
