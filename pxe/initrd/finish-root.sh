#!/usr/bin/env bash
# Makes a bootstrapped root file system into one that any machine may get: finish-root.sh ROOT
# Nothing in it belongs to one machine: no keys, no machine id, no name; the installer writes those, and where packages come from.
set -euo pipefail
root=${1:?usage: finish-root.sh ROOT}
first_boot=$(cd "$(dirname "$0")/../first-boot" && pwd)

rm -rf "$root"/etc/ssh/ssh_host_* "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* \
  "$root"/usr/share/{doc,man,locale}/*
: >"$root/etc/machine-id"
: >"$root/etc/apt/sources.list"
cat >"$root/etc/systemd/network/20-wired.network" <<'NETWORK'
[Match]
Name=en* eth*
[Network]
DHCP=yes
# By its card, as the loader and the installer ask: one machine, one address.
[DHCPv4]
ClientIdentifier=mac
NETWORK
cat >"$root/etc/default/grub" <<'GRUB'
GRUB_DEFAULT=0
GRUB_TIMEOUT=1
GRUB_DISTRIBUTOR=Debian
GRUB_TERMINAL=console
GRUB_DISABLE_OS_PROBER=true
GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200n8"
GRUB
install -d "$root/etc/twin"
install -m 0755 "$first_boot/twin-register" "$root/usr/local/sbin/twin-register"
install -m 0644 "$first_boot/twin-register.service" "$root/etc/systemd/system/twin-register.service"
chroot "$root" systemctl enable systemd-networkd.service systemd-resolved.service ssh.service twin-register.service
chroot "$root" passwd --lock root
