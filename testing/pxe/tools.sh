#!/usr/bin/env bash
# Prints a folder with dnsmasq and the UEFI firmware for emulated machines. They are fetched once from Debian and unpacked
# there, not installed: an installed dnsmasq would serve this machine's own network.
set -euo pipefail
home=${XDG_CACHE_HOME:-$HOME/.cache}/twin/pxe-tools/1
if [ ! -d "$home" ]; then
  mkdir -p "$(dirname "$home")"
  new=$(mktemp -d "$(dirname "$home")/.new-XXXXXX")
  trap 'rm -rf "$new"' EXIT
  # As root in a folder that apt's own user cannot enter: it says so, and that is all.
  (cd "$new" && apt-get download -qq dnsmasq-base libnetfilter-conntrack3 libnfnetlink0 ovmf 2>/dev/null)
  mkdir "$new/files"
  for package in "$new"/*.deb; do dpkg-deb -x "$package" "$new/files"; done
  mv -T "$new/files" "$home"
fi
echo "$home"
