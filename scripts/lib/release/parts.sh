# shellcheck shell=bash
# The parts of a release that were packed before, each under the name of what went into it. Sourced, never run.
# shellcheck disable=SC2154 # release.sh sets out and SCRATCH

# part NAME INPUTS PACK…: makes sure that the archive NAME with these inputs is in the store, by `PACK… FILE` when it is not, and
# puts it into the release that is being made. Its line of the manifest goes with it.
part() {
  local name=$1 inputs=$2 kept
  shift 2
  kept=$out/.parts/$(sha256sum <<<"$name $inputs" | cut -c1-24)-$name
  if [ ! -f "$kept.line" ] || [ ! -f "$kept" ]; then
    step "$name"
    "$@" "$SCRATCH/$name" || die 1 "$name could not be packed." 'Is the disk full? The lines above say more.'
    manifest_line "$SCRATCH/$name" "$name" >"$SCRATCH/line"
    mv "$SCRATCH/$name" "$kept"
    mv "$SCRATCH/line" "$kept.line"
    done_in
  fi
  touch "$kept" "$kept.line"
  place "$kept" "$name"
  cat "$kept.line" >>"$SCRATCH/lines"
}

# place FILE NAME: into the release; without a second copy on the disk where that can be.
place() { ln "$1" "$new/$2" 2>/dev/null || cp "$1" "$new/$2"; }

manifest_line() {
  printf '{"name": "%s", "bytes": %s, "sha256": "%s"}\n' "$2" "$(stat -c %s "$1")" "$(sha256sum "$1" | cut -d' ' -f1)"
}

# pack FILE TAR-OPTION…: the same files make the same archive. Nothing in it belongs to anybody in particular.
pack() {
  local file=$1
  shift
  tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=go=u,go-w "$@" | zstd -q -T0 -6 -o "$file"
}

# Parts that no release of the last days used.
forget_old_parts() { find "$out/.parts" -type f -links 1 -mtime +7 -delete; }
