#!/bin/sh
# audit.sh [USER]: prints one line per right that is one too many, each with what to do; nothing if all is well.
set -eu
user=$1

# sudo without a password, for the user of people or, if none is named, for anyone.
grep -lsE "^[^#]*NOPASSWD" /etc/sudoers /etc/sudoers.d/* 2>/dev/null | while read -r file; do
  [ -z "$user" ] || grep -qE "^[[:space:]]*($user|ALL|%[a-z]+)[[:space:]].*NOPASSWD" "$file" || continue
  echo "$file gives root without a password: take NOPASSWD out of it (visudo -f $file)"
done

# Nomad's client starts tasks as other users, what sets up the network ends at once, twin-join runs Ansible; everything else of
# ours has a user of its own.
for unit in /etc/systemd/system/*.service; do
  name=${unit##*/}
  case $name in
    nomad.service | twin-firewall.service | twin-wireguard.service | twin-join.service) continue ;;
    consul.service | twin-*.service | power-agent.service | pipecat-app.service) ;;
    *) continue ;;
  esac
  owner=$(systemctl show --property User --value "$name")
  [ -n "$owner" ] && [ "$owner" != root ] || echo "$name runs as root: give it a user of its own (User= in $unit)"
done
