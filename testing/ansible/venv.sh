#!/usr/bin/env bash
# Installs the packages of requirements.txt beside the work tree, once per version of that file, and prints their folder of programs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hash=$(sha256sum "$here/requirements.txt" | cut -c1-12)
folder=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/twin/ansible-$hash

if [ ! -e "$folder/complete" ]; then
  mkdir -p "$(dirname "$folder")"
  exec 9>"$folder.lock"
  flock 9
  if [ ! -e "$folder/complete" ]; then
    rm -rf "$folder"
    python3 -m venv "$folder" >&2 || {
      echo 'error: Python cannot make a virtual environment. Next: apt-get install python3-venv' >&2
      exit 1
    }
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$here/requirements.txt" >&2
    touch "$folder/complete"
  fi
fi
printf '%s/bin\n' "$folder"
