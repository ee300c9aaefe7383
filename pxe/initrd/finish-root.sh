#!/usr/bin/env bash
# Makes a bootstrapped root file system into one that any machine may get: finish-root.sh ROOT
# Nothing in it belongs to one machine: no keys, no machine id, no name; the installer writes those.
set -euo pipefail
root=${1:?usage: finish-root.sh ROOT}

rm -rf "$root"/etc/ssh/ssh_host_* "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* \
  "$root"/usr/share/{doc,man,locale}/*
: >"$root/etc/machine-id"
echo 'deb http://deb.debian.org/debian trixie main' >"$root/etc/apt/sources.list"
cat >"$root/etc/systemd/network/20-wired.network" <<'NETWORK'
[Match]
Name=en* eth*
[Network]
DHCP=yes
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
cat >"$root/usr/local/sbin/twin-register" <<'REGISTER'
#!/bin/sh
# Tells the controller once that this machine runs from its own disk; the token is good for this one time.
set -eu
. /etc/twin/register
curl --fail --silent --show-error --max-time 20 --data-urlencode "token=$token" \
  --data-urlencode "host_key=$(cat /etc/ssh/ssh_host_ed25519_key.pub)" "$server/register"
rm /etc/twin/register
REGISTER
chmod 0755 "$root/usr/local/sbin/twin-register"
cat >"$root/etc/systemd/system/twin-register.service" <<'UNIT'
[Unit]
Description=Tells the controller that this machine is installed
Wants=network-online.target
After=network-online.target ssh.service
ConditionPathExists=/etc/twin/register
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/twin-register
Restart=on-failure
RestartSec=10
[Install]
WantedBy=multi-user.target
UNIT
chroot "$root" systemctl enable systemd-networkd.service systemd-resolved.service ssh.service twin-register.service
chroot "$root" passwd --lock root
