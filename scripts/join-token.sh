#!/usr/bin/env bash
# On the first controller: makes, lists and withdraws one-time tokens for machines that join: see --help
set -euo pipefail

usage() {
  cat <<'EOT'
usage: sudo scripts/join-token.sh [--minutes N]   prints a token for one machine, good for N minutes (60)
       sudo scripts/join-token.sh --list          tokens that are good still, without their secrets
       sudo scripts/join-token.sh --revoke ID     takes one back

Give the token to the new machine: ./bootstrap.sh --role worker --controller-ip ADDRESS asks for it.
EOT
}

wrong() { printf 'error: %s\n' "$1" >&2; usage >&2; exit 2; }

program=/usr/local/lib/twin-join/tokens.py
arguments=(make 60)
case ${1:-} in
  '') ;;
  -h | --help) usage; exit 0 ;;
  --list) arguments=(list) ;;
  --minutes | --revoke)
    [ -n "${2:-}" ] || wrong "$1 needs a value"
    if [ "$1" = --revoke ]; then arguments=(revoke "$2"); else arguments=(make "$2"); fi
    shift ;;
  *) wrong "unknown option $1" ;;
esac
[ $# -le 1 ] || wrong "unexpected argument '$2'"
[ "$(id -u)" = 0 ] || { printf 'error: tokens are made by root.\nnext:  sudo %s\n' "$0" >&2; exit 1; }
[ -f "$program" ] || {
  printf 'error: this machine is no controller that takes machines in.\nnext:  run this on the first controller, after ./bootstrap.sh there.\n' >&2
  exit 1
}
exec python3 "$program" "${arguments[@]}"
