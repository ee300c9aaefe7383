#!/usr/bin/env bash
# Compiles the traffic monitor and its loader on this machine, once for each version of their source, and prints the folder
# that has both: traffic_monitor.o and loader. Needs clang, a C compiler and libbpf-dev (with libelf-dev and zlib1g-dev).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# A task of Nomad need not have a home.
caches=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
cache=${TWIN_BPF_CACHE:-${caches:-/var/cache}/twin/bpf}

clang=$(command -v clang || true)
cc=$(command -v cc || command -v gcc || true)
if [ -z "$clang" ] || [ -z "$cc" ] || [ ! -e /usr/include/bpf/libbpf.h ]; then
  echo 'build.sh: clang, a C compiler and the headers of libbpf are needed: apt-get install clang gcc libc6-dev libbpf-dev' >&2
  exit 1
fi
machine=$(uname -m)
recipe=$(cat "$here"/*.c "$here"/*.h "$here/build.sh" <("$clang" --version) <("$cc" --version) <(echo "$machine") | sha256sum | cut -c1-16)
folder=$cache/$recipe
if [ ! -x "$folder/loader" ] || [ ! -f "$folder/traffic_monitor.o" ]; then
  mkdir -p "$cache"
  scratch=$(mktemp -d "$cache/.build-XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  # The kernel's headers for this machine are in a folder that only the usual compiler looks into.
  "$clang" -O2 -g -Wall -Werror -target bpf -I"/usr/include/$machine-linux-gnu" -c "$here/traffic_monitor.c" -o "$scratch/traffic_monitor.o"
  loader=("$here/loader.c" "$here/kernel.c" "$here/report.c")
  # One file that needs nothing on the node; where a static library is missing, with the shared ones.
  "$cc" -O2 -Wall -Wextra -Werror -static -o "$scratch/loader" "${loader[@]}" -lbpf -lelf -lz -lzstd 2>/dev/null ||
    "$cc" -O2 -Wall -Wextra -Werror -static -o "$scratch/loader" "${loader[@]}" -lbpf -lelf -lz 2>/dev/null ||
    "$cc" -O2 -Wall -Wextra -Werror -o "$scratch/loader" "${loader[@]}" -lbpf
  # Readable by the user that the loader runs as, who need not be the one that built it.
  chmod 755 "$scratch"
  mv -T "$scratch" "$folder" 2>/dev/null || [ -x "$folder/loader" ]
fi
echo "$folder"
