# shellcheck shell=bash
# Nomad and Consul: built from the Go modules that nomad/go.mod and consul/go.mod pin, or out of a release archive.
# Sourced, never run.
# shellcheck disable=SC2034,SC2154 # parts.sh reads and sets them

describe_nomad() { describe_go nomad 'release ui'; }
describe_consul() { describe_go consul ''; }
build_nomad() { build_go nomad; }
build_consul() { build_go consul; }

# describe_go NAME TAGS: `release ui` is how Nomad itself is released; without it there is no web page, and a mock driver.
describe_go() {
  local version
  version=$(sed -n "s#.*github.com/hashicorp/$1 v##p" "$here/$1/go.mod")
  go_flags=(-trimpath -ldflags '-s -w')
  [ -z "$2" ] || go_flags+=(-tags "$2")
  target=$TWIN_PARTS/$1-$version
  programs=("$1")
  archive_of "$1"
  recipe=$({ printf '%s\n' "${go_flags[@]}" "$archive_sha256"; cat "$here/$1/go.mod" "$here/$1/go.sum"; } | sha256sum | cut -d' ' -f1)
}

# The archive that the environment names, if any.
archive_of() {
  local upper=${1^^}
  local address=TWIN_${upper}_ARCHIVE sum=TWIN_${upper}_SHA256
  archive=${!address:-} archive_sha256=${!sum:-}
  [ -z "$archive" ] || [ -n "$archive_sha256" ] || die 2 "$address is set without $sum." "Set $sum to the checksum that the archive's publisher gives."
  [ -n "$archive" ] || archive_sha256=
}

build_go() {
  if [ -n "$archive" ]; then unpack_archive "$1"; else compile_go "$1"; fi
}

unpack_archive() {
  local file=$work/archive.zip found
  require curl python3
  if [ -f "$archive" ]; then file=$archive; else
    curl --fail --location --silent --show-error --output "$file" "$archive" ||
      die 1 "The archive of $1 could not be fetched from $archive." 'Check the address, or unset it to build from source.'
  fi
  found=$(sha256_of "$file")
  [ "$found" = "$archive_sha256" ] ||
    die 1 "The archive of $1 has the checksum $found, expected $archive_sha256." 'It is damaged or another version: fetch it again.'
  python3 -m zipfile -e "$file" "$work/unpacked"
  install -m 0755 "$work/unpacked/$1" "$work/new/$1"
  printf '%s from an archive, sha256 %s\n' "$1" "$found" >"$work/new/BUILD"
}

compile_go() {
  local log=$TWIN_PARTS/$1.log
  require c++
  use_go
  # In a copy: the compiler may want to write to go.sum, and must not write into the work tree.
  mkdir "$work/module"
  cp "$here/$1/go.mod" "$here/$1/go.sum" "$work/module/"
  say "    compiling with $jobs job(s), some minutes and up to 2 GB of memory; log: $log"
  # shellcheck disable=SC2317 # called by run_logged
  compile() (
    cd "$work/module" && CGO_ENABLED=1 GOAMD64=v1 GOFLAGS=-mod=readonly GOTOOLCHAIN=local \
      go build -p "$jobs" "${go_flags[@]}" -o "$work/new/$1" "github.com/hashicorp/$1"
  )
  run_logged "$log" compile "$1" ||
    die 1 "$1 did not compile." "Read $log. Is the network up? Go 1.24 or newer is needed, and 12 GB of disk for its caches."
  printf '%s by %s\n' "$1" "$(go version)" >"$work/new/BUILD"
}
