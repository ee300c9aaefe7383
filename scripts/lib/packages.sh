# shellcheck shell=bash
# Debian packages that the agent needs. Sourced, never run.

# Speech (espeak-ng), sound devices (alsa-utils), the build of the speech engine (cmake g++ make), fetching from the
# Python package index (python3-pip), the sandbox of tools that run programs (bubblewrap), certificates (openssl
# ca-certificates), vectors (libfaiss-dev libopenblas-dev).
readonly DEBIAN_PACKAGES='espeak-ng alsa-utils cmake g++ make python3 python3-pip bubblewrap openssl ca-certificates libfaiss-dev libopenblas-dev'

# Debian's own Node.js has its headers in a package apart; Twin's own and others bring theirs.
header_package() {
  if node_fits && ! node_headers >/dev/null && [ "$(command -v node)" = /usr/bin/node ]; then printf 'libnode-dev'; fi
}

missing_packages() {
  local package
  for package in $DEBIAN_PACKAGES $(header_package); do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
  done
}

plan_packages() {
  local missing
  if ! command -v dpkg-query >/dev/null; then
    local tool
    for tool in espeak-ng cmake c++ make python3 openssl; do
      command -v "$tool" >/dev/null || { printf 'install %s and the rest of: %s' "$tool" "$DEBIAN_PACKAGES"; return; }
    done
    return
  fi
  missing=$(missing_packages)
  [ -z "$missing" ] || printf 'install the Debian packages %s' "${missing% }"
}

do_packages() {
  local missing
  command -v apt-get >/dev/null ||
    die 1 'This is no Debian: packages cannot be installed here.' "Install these with your own package manager, then run again: $DEBIAN_PACKAGES"
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    die 1 'Root rights are needed to install packages, and sudo is not here.' "Run as root: apt-get install $(missing_packages)"
  fi
  read -ra missing <<<"$(missing_packages)"
  # Lists that are fresh enough save a download; when they name a version that is gone they are fetched after all.
  if ! apt_install "${missing[@]}" >/dev/null 2>&1; then
    run_logged "$TWIN_HOME/log/apt-update.log" as_root apt-get update -q || return 1
    apt_install "${missing[@]}"
  fi
}

apt_install() {
  run_logged "$TWIN_HOME/log/apt-install.log" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}
