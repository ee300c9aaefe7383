#!/usr/bin/env bash
# Packs the initrd of the installer: make-initrd.sh ROOT FILE
# Its programs, libraries and modules are copies of those in ROOT, so that they fit its kernel; /init is pxe/initrd/init.
set -euo pipefail
root=${1:?usage: make-initrd.sh ROOT FILE}
file=${2:?usage: make-initrd.sh ROOT FILE}
here=$(cd "$(dirname "$0")" && pwd)

readonly PROGRAMS='/usr/bin/busybox /usr/bin/tar /usr/bin/zstd /usr/bin/kmod /usr/sbin/sfdisk /usr/sbin/wipefs /usr/sbin/blkid /usr/sbin/mke2fs /usr/sbin/mkfs.fat'
# Wired network and disks of desktop machines; folders of the kernel's tree, or single modules.
readonly MODULES='kernel/drivers/net/ethernet kernel/drivers/net/phy kernel/drivers/net/mdio kernel/drivers/net/virtio_net
  kernel/drivers/ata kernel/drivers/nvme kernel/drivers/virtio kernel/drivers/block/virtio_blk kernel/drivers/scsi/sd_mod
  kernel/drivers/scsi/virtio_scsi kernel/drivers/char/hw_random/virtio-rng kernel/drivers/firmware/efi kernel/fs/efivarfs
  kernel/fs/ext4 kernel/fs/fat kernel/fs/nls/nls_cp437 kernel/fs/nls/nls_iso8859-1 kernel/fs/nls/nls_ascii kernel/fs/nls/nls_utf8'
# What no desktop has, and is large.
readonly LEFT_OUT='mellanox|chelsio|qlogic|netronome|cavium|huawei|pensando|sfc|bnx2x|emulex|fungible|hisilicon'

new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
mkdir -p "$new"/{usr/bin,usr/lib,usr/lib64,proc,sys,dev,run,tmp,target,etc}
ln -s bin "$new/usr/sbin"
for link in bin sbin lib lib64; do ln -s "usr/$link" "$new/$link"; done

for path in $PROGRAMS; do
  cp -L "$root$path" "$new/usr/bin/"
  # A static program has no libraries, and says so by failing.
  for library in $(chroot "$root" ldd "$path" 2>/dev/null | grep -o '/[^ ]*' || true); do
    install -D "$root$library" "$new$library"
  done
done
for name in modprobe depmod; do ln -s kmod "$new/usr/bin/$name"; done
# Every tool that is not there already is busybox's.
for name in $(chroot "$root" busybox --list); do [ -e "$new/usr/bin/$name" ] || ln -s busybox "$new/usr/bin/$name"; done
cp "$root/etc/mke2fs.conf" "$new/etc/"

version=$(ls "$root/usr/lib/modules")
tree=$root/usr/lib/modules/$version
wanted() {
  local entry
  for entry in $MODULES; do
    if [ -d "$tree/$entry" ]; then find "$tree/$entry" -name '*.ko*' | grep -Ev "/($LEFT_OUT)" || true
    else find "$tree/$(dirname "$entry")" -maxdepth 1 -name "$(basename "$entry").ko*" 2>/dev/null || true
    fi
  done
}
# With each module all that it needs, as depmod has it.
wanted | while read -r module; do
  relative=${module#"$tree"/}
  echo "$relative"
  sed -n "s|^$relative: *||p" "$tree/modules.dep" | tr ' ' '\n'
done | sed '/^$/d' | sort -u >"$new/tmp/modules"
while read -r module; do install -D -m 0644 "$tree/$module" "$new/usr/lib/modules/$version/$module"; done <"$new/tmp/modules"
rm "$new/tmp/modules"
cp "$tree"/modules.{builtin,builtin.modinfo,order} "$new/usr/lib/modules/$version/"
mkdir -p "$root/mnt/initrd"
cp -a "$new/usr/lib/modules" "$root/mnt/initrd/"
mkdir -p "$root/mnt/initrd/lib" && mv "$root/mnt/initrd/modules" "$root/mnt/initrd/lib/"
chroot "$root" depmod -b /mnt/initrd "$version"
cp "$root/mnt/initrd/lib/modules/$version"/modules.* "$new/usr/lib/modules/$version/"
rm -rf "$root/mnt/initrd"

cp -a "$root/usr/share/udhcpc" "$new/usr/share/" 2>/dev/null || true
install -m 0755 "$here/init" "$new/init"
install -m 0755 "$here/dhcp-lease" "$new/usr/bin/dhcp-lease"
(cd "$new" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 | gzip -9) >"$file"
