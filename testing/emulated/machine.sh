#!/usr/bin/env bash
# Runs a script in an emulated machine with a kernel of its own and control groups v2, on this machine's own files, read-only:
#   testing/emulated/machine.sh SCRIPT     SCRIPT is run by bash as root; what it prints is printed, nothing else is kept
# Needs root, qemu-system-x86, busybox-static and cpio. The kernel is Debian's own for this release; it is fetched once.
set -euo pipefail

if [ $# -ne 1 ] || [ ! -f "$1" ]; then
  echo 'usage: testing/emulated/machine.sh SCRIPT' >&2
  exit 2
fi
[ "$(id -u)" -eq 0 ] || { echo 'error: this needs root, because the machine reads all files' >&2; exit 1; }
for tool in qemu-system-x86_64 busybox cpio; do
  command -v "$tool" >/dev/null || { echo "error: $tool is not installed (apt-get install qemu-system-x86 busybox-static cpio)" >&2; exit 1; }
done
script=$(realpath "$1")
cache=${TWIN_EMULATED:-${XDG_CACHE_HOME:-$HOME/.cache}/twin/emulated}

# What a kernel needs to reach files of the host; loaded until all are in, because each needs others.
readonly MODULES='virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci fscache netfs 9pnet 9pnet_virtio 9p'

# The name of the package that the kernel of this release depends on.
package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ { print $2; exit }')
home=$cache/$package

prepare() {
  local new module version
  new=$(mktemp -d "$cache/.new-XXXXXX")
  # As root in a folder that apt's own user cannot enter: it says so, and that is all.
  (cd "$new" && apt-get download -qq "$package" 2>/dev/null && dpkg-deb -x ./*.deb files)
  version=$(ls "$new/files/lib/modules")
  mkdir -p "$new"/initrd/{bin,mod,proc,dev,new}
  cp "$(command -v busybox)" "$new/initrd/bin/busybox"
  for module in $MODULES; do
    find "$new/files/lib/modules/$version" -name "$module.ko*" -exec cp {} "$new/initrd/mod/" \;
  done
  cat >"$new/initrd/init" <<'INIT'
#!/bin/busybox sh
export PATH=/bin
busybox mount -t devtmpfs dev /dev
busybox mount -t proc proc /proc
for round in 1 2 3 4; do
  for module in /mod/*; do busybox insmod "$module" 2>/dev/null; done
done
busybox mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 host /new
busybox mount --move /dev /new/dev
busybox mount -t proc proc /new/proc
busybox mount -t sysfs sys /new/sys
busybox mount -t cgroup2 cgroup /new/sys/fs/cgroup
for folder in /tmp /run /dev/shm; do
  busybox mkdir -p "/new$folder"
  busybox mount -t tmpfs tmp "/new$folder"
done
# Not chroot: who lives in one may not make user namespaces.
exec busybox switch_root /new /bin/bash -c '
  bash "$(sed -n "s/.*twin\.script=\([^ ]*\).*/\1/p" /proc/cmdline)" </dev/null
  echo "twin.status=$?"
  exec busybox poweroff -f'
INIT
  chmod +x "$new/initrd/init"
  (cd "$new/initrd" && find . | cpio -o -H newc --quiet | gzip -1 >"$new/initrd.gz")
  cp "$new"/files/boot/vmlinuz-* "$new/vmlinuz"
  rm -rf "$new/files" "$new/initrd" "$new"/*.deb
  mv -T "$new" "$home"
}

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
[ -f "$home/vmlinuz" ] || prepare
flock -u 9

output=$(mktemp)
trap 'rm -f "$output"' EXIT
qemu-system-x86_64 -machine q35 -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m 1024 -no-reboot -nic none \
  -kernel "$home/vmlinuz" -initrd "$home/initrd.gz" -append "console=ttyS0 quiet panic=-1 twin.script=$script" \
  -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
  -display none -monitor none -serial "file:$output" 9>&-
tr -d '\r' <"$output" | grep -v '^twin\.status=' || true
grep -aq '^twin\.status=0' <(tr -d '\r' <"$output")
