#!/bin/sh
# Brings one file of the release to this node, or goes on with it after a cut. Prints a word if it changed something.
#   fetch.sh file URL SHA256 BYTES FILE       FILE, with a seal that says which content was checked
#   fetch.sh unpack URL SHA256 BYTES FOLDER LINK   what lies in the archive's only folder becomes FOLDER, and LINK names it from then on;
#                                             of FOLDER's neighbours with the link's name this one and the one before stay
# A file or folder is there completely or not at all. What was received stays in .fetch-… beside it until it is whole.
set -eu
umask 022

die() {
  printf 'error: %s %s\nnext:  %s\n' "$1" "$2" "$3" >&2
  exit 1
}

# seal FILE SHA256: remembers that this very file was checked, as the agent's model store does.
seal() {
  python3 - "$1" "$2" <<'PYTHON'
import os, sys
path, checksum = sys.argv[1:]
found = os.stat(path)
text = lambda ns: repr(ns // 10**9 * 1000 + ns % 10**9 / 1e6).removesuffix(".0")
folder, name = os.path.split(path)
with open(os.path.join(folder, f".{name}.verified"), "w") as seal:
    seal.write(f"{checksum} {found.st_size} {found.st_ino} {text(found.st_mtime_ns)} {text(found.st_ctime_ns)}\n")
PYTHON
}

sealed() {
  [ -f "$1" ] && [ -f "${1%/*}/.${1##*/}.verified" ] &&
    [ "$(cut -d' ' -f1-3 "${1%/*}/.${1##*/}.verified")" = "$2 $(stat -c '%s %i' "$1")" ]
}

# download URL SHA256 BYTES PART: PART is whole and right afterwards.
download() {
  if [ "$(stat -c %s "$4" 2>/dev/null || echo 0)" -gt "$3" ]; then rm -f "$4"; fi
  if [ "$(stat -c %s "$4" 2>/dev/null || echo 0)" -lt "$3" ]; then
    free=$(df -PB1 "${4%/*}" | awk 'NR == 2 { print $4 }')
    [ "$free" -gt "$3" ] || die TWIN_FETCH_DISK "$free bytes are free in ${4%/*}, and $1 has $3." 'Free some space and run again: what is there is kept.'
    curl --fail --silent --show-error --continue-at - --retry 3 --retry-connrefused --connect-timeout 10 \
      --speed-limit 1000 --speed-time 30 --output "$4" "$1" ||
      die TWIN_FETCH_CUT "$1 could not be fetched whole; $(stat -c %s "$4" 2>/dev/null || echo 0) of $3 bytes are here." \
        'On the primary controller: systemctl status twin-depot. Then run again: it goes on from there.'
  fi
  found=$(sha256sum "$4" | cut -d' ' -f1)
  if [ "$found" != "$2" ]; then
    # Going on with it would never end well.
    rm -f "$4"
    die TWIN_FETCH_CHECKSUM "$1 has the checksum $found, expected $2; it was thrown away." \
      'Was the depot changed? Delete its copy on the primary controller (docs/runbook.md, The release) and run the playbook again.'
  fi
}

# in_turn FOLDER: one fetch into a folder at a time.
in_turn() {
  mkdir -p "$1"
  exec 9>"$1/.fetch.lock"
  flock 9
}

# unpack URL SHA256 BYTES FOLDER
unpack() {
  [ "$(cat "$4/.from" 2>/dev/null || true)" != "$2" ] || return 0
  above=${4%/*}
  in_turn "$above"
  download "$1" "$2" "$3" "$above/.fetch-$2"
  rm -rf "$above/.unpack-$2"
  mkdir "$above/.unpack-$2"
  zstd --decompress --quiet --stdout "$above/.fetch-$2" | tar --extract --no-same-owner --strip-components=1 --directory "$above/.unpack-$2" ||
    die TWIN_FETCH_UNPACK "$1 could not be unpacked in $above." 'Is the disk full? Free some space and run again.'
  printf '%s\n' "$2" >"$above/.unpack-$2/.from"
  rm -rf "$4"
  mv "$above/.unpack-$2" "$4"
  rm -f "$above/.fetch-$2"
  echo unpacked
}

# switch LINK TARGET
switch() {
  before=$(readlink "$1" 2>/dev/null || true)
  [ "$before" != "$2" ] || return 0
  ln -sfn "$2" "$1.new"
  mv -T "$1.new" "$1"
  for old in "${2%/*}/${1##*/}"-*/; do
    case ${old%/} in "$2" | "$before") ;; *) rm -rf "${old%/}" ;; esac
  done
  echo switched
}

verb=$1
shift
case $verb in
  file)
    ! sealed "$4" "$2" || exit 0
    in_turn "${4%/*}"
    part=${4%/*}/.fetch-$2
    # It may have come in another way; then it needs only to be looked at.
    if [ -f "$4" ] && [ "$(stat -c %s "$4")" = "$3" ] && [ "$(sha256sum "$4" | cut -d' ' -f1)" = "$2" ]; then
      seal "$4" "$2"
      echo sealed
      exit 0
    fi
    download "$1" "$2" "$3" "$part"
    chmod 0644 "$part"
    mv "$part" "$4"
    seal "$4" "$2"
    echo fetched ;;
  unpack)
    unpack "$1" "$2" "$3" "$4"
    switch "$5" "$4" ;;
  *) die TWIN_FETCH_USE "There is no '$verb'." 'file or unpack' ;;
esac
