#!/usr/bin/env bash
# Gives a fresh Debian machine its name, address, SSH server and sudo: see --help
set -euo pipefail
# What the last part of a pipe notes must be seen by the rest.
shopt -s lastpipe
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
  cat <<EOF
usage: sudo bash initial-setup/setup.sh [--conf FILE] [--root FOLDER]

Reads setup.conf beside this script. A second run changes nothing. Ends by asking for a restart.

  --conf FILE     another file than setup.conf
  --root FOLDER   write below FOLDER instead of / and install nothing; to see what it would do

Exit code: 0 done, 1 a step failed, 2 wrong use or a value that is missing or malformed.
EOF
}
wrong() { printf 'setup.sh: %s\n' "$1" >&2; exit 2; }
say() { printf '%s\n' "$1"; }

conf=$here/setup.conf root=
while [ $# -gt 0 ]; do
  case $1 in
    --conf | --root)
      [ -n "${2:-}" ] || wrong "$1 needs a value (see --help)"
      case $1 in --conf) conf=$2 ;; --root) root=${2%/} ;; esac
      shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) wrong "unknown option $1 (see --help)" ;;
  esac
done
[ "$(id -u)" = 0 ] || wrong 'root is needed: sudo bash initial-setup/setup.sh'
[ -r "$conf" ] || wrong "$conf cannot be read"

# value KEY: what the file says, without quotes; the file is data, never run.
value() { sed -n "s/^[[:space:]]*$1=[[:space:]]*//p" "$conf" | tail -n 1 | sed -E "s/[[:space:]]+\$//; s/^\"(.*)\"\$/\1/; s/^'(.*)'\$/\1/"; }

is_address() {
  local IFS=. part parts
  read -ra parts <<<"$1"
  [[ $1 =~ ^[0-9]+(\.[0-9]+){3}$ ]] || return 1
  for part in "${parts[@]}"; do [ "${#part}" -le 3 ] && [ "$((10#$part))" -le 255 ] || return 1; done
}
number_of() { local IFS=. a b c d; read -r a b c d <<<"$1"; echo $(((10#$a << 24) + (10#$b << 16) + (10#$c << 8) + 10#$d)); }
same_network() { # ADDRESS ADDRESS PREFIX
  local mask=$(((0xffffffff << (32 - $3)) & 0xffffffff))
  [ $(($(number_of "$1") & mask)) = $(($(number_of "$2") & mask)) ]
}
bad() { wrong "$1 in $conf is $([ -n "$2" ] && printf "'%s'" "$2" || printf 'missing'): $3"; }

name=$(value HOSTNAME) static=$(value STATIC_IP) gateway=$(value GATEWAY) dns=$(value DNS)
interface=$(value INTERFACE) controller=$(value CONTROL_NODE_IP) user=$(value TARGET_USER)
address=${static%/*} prefix=${static#*/}

[[ $name =~ ^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$ ]] || bad HOSTNAME "$name" 'lower-case letters, digits and hyphens, without a domain'
if [[ $static != */* || ! $prefix =~ ^[0-9]{1,2}$ || $prefix -lt 8 || $prefix -gt 30 ]] || ! is_address "$address"; then
  bad STATIC_IP "$static" 'an IPv4 address with its prefix, like 192.168.1.10/24'
fi
if ! is_address "$gateway" || ! same_network "$gateway" "$address" "$prefix" || [ "$gateway" = "$address" ]; then
  bad GATEWAY "$gateway" "another IPv4 address of the network of $static"
fi
[ -n "$dns" ] || bad DNS '' 'one or more IPv4 addresses'
read -ra servers <<<"$dns"
for server in "${servers[@]}"; do is_address "$server" || bad DNS "$dns" 'IPv4 addresses with spaces between them'; done
[[ $interface =~ ^[a-zA-Z0-9._-]{1,15}$ && -e $root/sys/class/net/$interface ]] ||
  bad INTERFACE "$interface" 'a network device of this machine; ip -br link shows them'
[ ! -e "$root/sys/class/net/$interface/wireless" ] || bad INTERFACE "$interface" 'it is a radio link; a node needs a cable'
is_address "$controller" || bad CONTROL_NODE_IP "$controller" 'the IPv4 address of the controller; on the first machine its own'
if [[ ! $user =~ ^[a-z_][a-z0-9_-]{0,31}$ || $user = root ]] || ! grep -q "^$user:" "$root/etc/passwd"; then
  bad TARGET_USER "$user" 'a user of this machine other than root'
fi

# write FILE MODE: standard input becomes the file, at once; says so if that changed it.
write() {
  local file=$root$1
  mkdir -p "$(dirname "$file")"
  cat >"$file.part"
  chmod "$2" "$file.part"
  if [ -e "$file" ] && cmp -s "$file" "$file.part" && [ "$(stat -c %a "$file")" = "${2#0}" ]; then
    rm "$file.part"
  else
    mv "$file.part" "$file"
    say "wrote $1"
    changed=1
  fi
}
changed=0

install_packages() {
  local missing=() package
  for package in openssh-server sudo "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  changed=1
}

# Which of Debian's two ways holds the network here: systemd-networkd where it is on, else ifupdown.
networkd() { [ -e "$root/etc/systemd/system/multi-user.target.wants/systemd-networkd.service" ]; }

set_network() {
  if networkd; then
    # Sorted before other files, the first that matches a device holds.
    { printf '[Match]\nName=%s\n\n[Network]\nAddress=%s\nGateway=%s\n' "$interface" "$static" "$gateway"
      printf 'DNS=%s\n' "${servers[@]}"; } | write /etc/systemd/network/05-twin.network 0644
  else
    if [ -e "$root/etc/network/interfaces" ]; then
      [ -e "$root/etc/network/interfaces.before-twin" ] || cp -p "$root/etc/network/interfaces" "$root/etc/network/interfaces.before-twin"
      without_interface <"$root/etc/network/interfaces" >"$scratch/interfaces"
    else
      printf 'auto lo\niface lo inet loopback\n' >"$scratch/interfaces"
    fi
    grep -qE '^source(-directory)? .*/etc/network/interfaces\.d' "$scratch/interfaces" ||
      printf 'source /etc/network/interfaces.d/*\n' >>"$scratch/interfaces"
    write /etc/network/interfaces 0644 <"$scratch/interfaces"
    printf 'auto %s\niface %s inet static\n  address %s\n  gateway %s\n' "$interface" "$interface" "$static" "$gateway" |
      write /etc/network/interfaces.d/twin 0644
  fi
  # A link belongs to a service that writes the file itself.
  if [ ! -L "$root/etc/resolv.conf" ]; then printf 'nameserver %s\n' "${servers[@]}" | write /etc/resolv.conf 0644; fi
}

# The file without what it says about the interface: its name in auto and allow-hotplug lines, and its stanzas.
without_interface() {
  awk -v name="$interface" '
    $1 == "auto" || $1 ~ /^allow-/ { inside = 0; line = $1; for (i = 2; i <= NF; i++) if ($i != name) line = line " " $i; if (line != $1) print line; next }
    $1 == "iface" || $1 == "mapping" { inside = ($1 == "iface" && $2 == name) }
    $1 ~ /^source/ { inside = 0 }
    !inside { print }'
}

set_hosts() {
  { [ ! -e "$root/etc/hosts" ] || sed -e '/^# begin twin setup$/,/^# end twin setup$/d' -e '/^127\.0\.1\.1[[:space:]]/d' "$root/etc/hosts"
    printf '# begin twin setup\n%s %s\n' "$address" "$name"
    [ "$controller" = "$address" ] || printf '%s twin-controller\n' "$controller"
    printf '# end twin setup\n'; } | write /etc/hosts 0644
}

# sudo asks for the password: whatever says otherwise about this user is taken back.
set_sudo() {
  local file
  for file in "$root"/etc/sudoers "$root"/etc/sudoers.d/*; do
    if [ -f "$file" ] && grep -qE "^[[:space:]]*${user}[[:space:]].*NOPASSWD:" "$file"; then
      sed -E "/^[[:space:]]*${user}[[:space:]]/s/NOPASSWD:[[:space:]]*//g" "$file" >"$scratch/sudoers"
      [ -n "$root" ] || visudo -cqf "$scratch/sudoers"
      write "${file#"$root"}" 0440 <"$scratch/sudoers"
    fi
  done
  if [ -z "$root" ] && ! id -nG "$user" | grep -qw sudo; then
    usermod -aG sudo "$user"
    say "$user may use sudo"
    changed=1
  fi
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ -z "$root" ]; then
  if networkd; then install_packages; else install_packages ifupdown; fi
fi
printf '%s\n' "$name" | write /etc/hostname 0644
set_hosts
set_network
printf 'PermitRootLogin prohibit-password\nPermitEmptyPasswords no\n' | write /etc/ssh/sshd_config.d/10-twin.conf 0644
set_sudo
if [ -z "$root" ]; then
  if [ "$(hostname)" != "$name" ]; then hostname "$name"; changed=1; fi
  systemctl enable --quiet ssh
  systemctl reload-or-restart ssh
fi

if [ "$changed" = 0 ]; then
  say 'everything is in place'
else
  say "Restart the machine now, then sign in at $address: sudo systemctl reboot"
fi
