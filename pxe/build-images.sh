#!/usr/bin/env bash
# Builds what a machine boots and installs from, once for each recipe, and prints the folder:
#   pxe/build-images.sh [--kernel PACKAGE] [--out FOLDER]
#   vmlinuz, initrd.gz, root.tar.zst, undionly.kpxe, ipxe-amd64.efi, snponly.efi, SHA256SUMS,
#   and for Debian's own installer di-linux, di-initrd.gz, archive (where it fetches from)
# Needs root, debootstrap, cpio, zstd and an archive of Debian among apt's sources. Takes some minutes and 2 GB for the time of the build.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

kernel=linux-image-amd64
out=${XDG_CACHE_HOME:-$HOME/.cache}/twin/pxe
while [ $# -gt 0 ]; do
  case $1 in
    --kernel) kernel=${2:?"--kernel needs the name of a package"}; shift 2 ;;
    --out) out=${2:?"--out needs a folder"}; shift 2 ;;
    *) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
  esac
done
fail() { echo "error: $1"$'\n'"$2" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || fail 'Images are built by root.' 'Run it with sudo.'
for tool in debootstrap cpio zstd flock; do
  command -v "$tool" >/dev/null || fail "$tool is not installed." 'apt-get install debootstrap cpio zstd util-linux'
done

readonly SUITE=trixie
readonly DI=debian-installer-13-netboot-amd64
# A minimal Debian that Ansible can work on, both boot loaders, and what the initrd takes from it.
packages="systemd systemd-sysv systemd-resolved systemd-timesyncd libpam-systemd dbus udev openssh-server sudo python3 python3-apt
  iproute2 iputils-ping netbase procps kmod pciutils less ca-certificates openssl curl zstd xz-utils nftables
  e2fsprogs dosfstools fdisk initramfs-tools busybox-static grub2-common grub-pc-bin grub-efi-amd64-bin $kernel"

# apt knows the archive and, where there is one, the proxy.
# shellcheck disable=SC2016
archive=$(apt-get indextargets --format '$(SITE) $(CODENAME) $(ORIGIN) $(LABEL)' 'Created-By: Packages' |
  awk '$3 == "Debian" && $4 == "Debian" { print $1; exit }')
[ -n "$archive" ] || fail 'apt of this machine has no archive of Debian.' 'Add one to /etc/apt/sources.list.d and run apt-get update.'
proxy=$(apt-config dump | sed -n 's/^Acquire::http::Proxy "\(.*\)";/\1/p')
[ -z "$proxy" ] || export http_proxy=$proxy

base=$out/base-$(echo "$SUITE $packages $DI $archive" | sha256sum | cut -c1-12)
recipe=$(cat "$0" "$here"/initrd/* "$here"/first-boot/* <(echo "$packages $archive") | sha256sum | cut -c1-12)
home=$out/$recipe
mkdir -p "$out"
exec 9>"$out/lock"
flock 9
if [ -f "$home/SHA256SUMS" ]; then echo "$home"; exit 0; fi

work=$(mktemp -d "$out/.build-XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root
log=$out/$recipe.log
echo "building the images of recipe $recipe, log in $log" >&2
{
  # The packages take most of the time, so they are kept for the next change of the rest. The loaders are Debian's own build.
  if [ ! -d "$base" ]; then
    debootstrap --variant=minbase --include="$(echo "$packages ipxe $DI" | tr -s ' \n' ',')" "$SUITE" "$work/base" "$archive"
    rm -f "$work"/base/var/cache/apt/archives/*.deb
    mv -T "$work/base" "$base"
  fi
  cp -a "$base" "$root"
  mkdir "$work/files"
  cp "$root"/usr/lib/ipxe/{undionly.kpxe,ipxe-amd64.efi,snponly.efi} "$work/files/"
  di=$root/usr/lib/debian-installer/images/13/amd64/text/debian-installer/amd64
  cp -L "$di/linux" "$work/files/di-linux"
  cp -L "$di/initrd.gz" "$work/files/di-initrd.gz"
  echo "$archive" >"$work/files/archive"
  chroot "$root" dpkg --purge ipxe "$DI"
  "$here/initrd/finish-root.sh" "$root"
  cp "$root"/boot/vmlinuz-* "$work/files/vmlinuz"
  "$here/initrd/make-initrd.sh" "$root" "$work/files/initrd.gz"
  tar --create --directory "$root" --numeric-owner --xattrs --xattrs-include='*' --one-file-system . |
    zstd -q -T0 -10 -o "$work/files/root.tar.zst"
  chmod 0644 "$work"/files/*
  (cd "$work/files" && sha256sum -- * >"$work/SHA256SUMS" && mv "$work/SHA256SUMS" .)
} >"$log" 2>&1 || fail "The images could not be built: $(tail -n 3 "$log")" "Read $log. Does apt-get update work on this machine?"
mv -T "$work/files" "$home"
echo "$home"
