#!/bin/sh
# make-secrets.sh FILE...: makes each secret that is not there, readable by root only. A *_key is 32 random bytes in base64, all else
# is a UUID. Prints the names of those it made, never what is in them. A file that exists is never written, not even an empty one.
set -eu
umask 077
# shellcheck disable=SC2048 # several names may come in one argument
for file in $*; do
  if [ -e "$file" ]; then
    [ -s "$file" ] || { echo "$file is empty. Restore it from the backup (docs/runbook.md)." >&2; exit 1; }
    continue
  fi
  case $file in
    *_key) head -c 32 /dev/urandom | base64 >"$file.part" ;;
    *) cat /proc/sys/kernel/random/uuid >"$file.part" ;;
  esac
  sync "$file.part"
  mv "$file.part" "$file"
  echo "$file"
done
