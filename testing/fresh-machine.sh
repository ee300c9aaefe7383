#!/usr/bin/env bash
# Bootstraps a fresh Debian in a chroot from a git clone, then starts the agent again without any network.
# Needs root, debootstrap, util-linux and some minutes. Package sources are those of this machine, read while it runs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$here")

usage() {
  cat <<'EOF'
usage: testing/fresh-machine.sh [--suite trixie|bookworm]... [--user] [--dir DIR] [--keep]
       testing/fresh-machine.sh --again ROOT [--user]

  --suite   the Debian release; may be repeated (default: both)
  --user    bootstrap as an ordinary user with sudo instead of root
  --dir     where the base systems are kept (default: /var/tmp/twin-fresh)
  --keep    leave the bootstrapped system there afterwards
  --again   go on in a system that was kept: its clone is brought up to date first
EOF
}

wrong_use() { printf 'error: %s\n' "$1" >&2; usage >&2; exit 2; }

suites=()
dir=/var/tmp/twin-fresh
keep=0
user=root
again=
while [ $# -gt 0 ]; do
  case $1 in
    --suite | --dir | --again)
      [ -n "${2:-}" ] || wrong_use "$1 needs a value"
      case $1 in --suite) suites+=("$2") ;; --dir) dir=$2 ;; --again) again=$2 suites=("${2##*/}") keep=1 ;; esac
      shift ;;
    --user) user=person ;;
    --keep) keep=1 ;;
    -h | --help) usage; exit 0 ;;
    *) wrong_use "unknown option $1" ;;
  esac
  shift
done
[ "${#suites[@]}" -gt 0 ] || suites=(trixie bookworm)
for suite in "${suites[@]}"; do
  case $suite in trixie* | bookworm*) ;; *) wrong_use "unknown suite $suite" ;; esac
done
[ "$(id -u)" -eq 0 ] || { echo 'error: this needs root (chroot, mount)' >&2; exit 1; }
for tool in debootstrap unshare git; do
  command -v "$tool" >/dev/null || { echo "error: $tool is not installed (apt-get install debootstrap util-linux git)" >&2; exit 1; }
done

# The addresses of this machine's own Debian sources: the archive first, then the security archive.
readonly SOURCE_FILES='/etc/apt/sources.list /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list.d/debian.list'
# shellcheck disable=SC2086 # a list of files, some of which may be absent
mapfile -t mirrors < <(cat $SOURCE_FILES 2>/dev/null | sed -nE 's/^(URIs:|deb( \[[^]]*\])?) +([^ ]+).*/\3/p' | awk '!seen[$0]++')
[ "${#mirrors[@]}" -gt 0 ] || { echo 'error: no Debian source is configured on this machine' >&2; exit 1; }

mkdir -p "$dir"
root=
# shellcheck disable=SC2317 # called by the traps
cleanup() { if [ -n "$root" ] && [ "$keep" = 0 ]; then rm -rf --one-file-system "$root"; fi; }
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Settings of the package clients of this machine, as NAME=VALUE for the fresh one.
readonly BUNDLE=/etc/ssl/certs/ca-certificates.crt
readonly INNER_BUNDLE=/etc/ssl/machine-ca.crt
client_settings() {
  env | grep -E '^(PIP_|npm_config_|NPM_CONFIG_|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY)' |
    grep -Ev '^(PIP_FIND_LINKS|PIP_CERT|npm_config_(cafile|cache|prefix|globalconfig|userconfig|node_gyp|nodedir|local_prefix|global_prefix|init_module))=' || true
  local index
  index=$(python3 -m pip config get global.index-url 2>/dev/null) && printf 'PIP_INDEX_URL=%s\n' "$index"
  printf 'npm_config_registry=%s\n' "$(cd / && npm config get registry 2>/dev/null)"
  local name
  for name in PIP_CERT npm_config_cafile NODE_EXTRA_CA_CERTS SSL_CERT_FILE; do printf '%s=%s\n' "$name" "$INNER_BUNDLE"; done
}

make_root() {
  local suite=$1 base=$dir/base-$1
  if [ ! -d "$base" ]; then
    rm -rf "$base.part"
    debootstrap --variant=minbase --include=git,ca-certificates,sudo "$suite" "$base.part" "${mirrors[0]}" >"$dir/$suite.log" 2>&1 ||
      { tail -n 20 "$dir/$suite.log" >&2; exit 1; }
    mv "$base.part" "$base"
  fi
  root=$(mktemp -d "$dir/$suite-XXXXXX")
  cp -a "$base/." "$root/"
  chmod 0755 "$root"
  {
    printf 'deb %s %s main\ndeb %s %s-updates main\n' "${mirrors[0]}" "$suite" "${mirrors[0]}" "$suite"
    local mirror
    for mirror in "${mirrors[@]}"; do case $mirror in *security*) printf 'deb %s %s-security main\n' "$mirror" "$suite" ;; esac; done
  } >"$root/etc/apt/sources.list"
  rm -f "$root"/etc/apt/sources.list.d/*
  grep -lEs '^ *Acquire' /etc/apt/apt.conf.d/* | xargs -r cp -t "$root/etc/apt/apt.conf.d"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  cp -L "$BUNDLE" "$root$INNER_BUNDLE"
  chroot "$root" useradd --create-home --shell /bin/bash person
  echo 'person ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/person"
  find_home
  git clone --quiet --no-hardlinks "$repository" "$root$home/twin"
  chroot "$root" chown -R "$user:$user" "$home"
}

find_home() { home=$(chroot "$root" sh -c "eval echo ~$user"); }

take_up() {
  root=$(cd "$1" && pwd)
  find_home
  git -c safe.directory='*' -C "$root$home/twin" fetch --quiet "$repository" HEAD
  git -c safe.directory='*' -C "$root$home/twin" reset --quiet --hard FETCH_HEAD
  chroot "$root" chown -R "$user:$user" "$home/twin"
}

# inside NET|NONET COMMAND: runs a shell command in the clone on the fresh machine; NONET leaves only loopback.
inside() {
  local net=()
  [ "$1" = NET ] || net=(--net)
  local settings
  mapfile -t settings < <(client_settings)
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount --pid --fork --kill-child "${net[@]}" bash -c '
    set -e
    root=$1 user=$2 home=$3 command=$4; shift 4
    if [ "$NO_NETWORK" = 1 ]; then ip link set lo up 2>/dev/null || python3 -c "
import fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(s, 0x8914, struct.pack(\"16sH14s\", b\"lo\", 0x1 | 0x40, b\"\"))"; fi
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    exec chroot --userspec="$user" "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      HOME="$home" TERM=dumb LANG=C.UTF-8 TWIN_MODEL_SOURCES=registry "$@" bash -c "cd ~/twin && $command"
  ' inside "$root" "$user" "$home" "$2" "${settings[@]}"
}

for suite in "${suites[@]}"; do
  printf '== Debian %s, as %s\n' "$suite" "$user"
  if [ -n "$again" ]; then take_up "$again"; else make_root "$suite"; fi
  started=$SECONDS
  inside NET './bootstrap.sh --local --no-start --yes'
  printf 'first run: %d s\n' $((SECONDS - started))
  started=$(date +%s%N)
  NO_NETWORK=1 inside NONET './bootstrap.sh --local --no-start --yes' | tee "$dir/second.log"
  took_ms=$((($(date +%s%N) - started) / 1000000))
  printf 'second run, no network: %d ms\n' "$took_ms"
  grep -q 'everything is in place' "$dir/second.log" || { echo 'FAILED: the second run did something again' >&2; exit 1; }
  [ "$took_ms" -lt 10000 ] || { echo 'FAILED: the second run took 10 s or more' >&2; exit 1; }
  NO_NETWORK=1 inside NONET 'bash testing/first-turn.sh' || { echo 'FAILED: no spoken turn' >&2; exit 1; }
  if [ "$keep" = 1 ]; then printf 'kept: %s\n' "$root"; else rm -rf --one-file-system "$root"; fi
  root=
done
echo 'fresh machines: all passed'
