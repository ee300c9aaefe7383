# shellcheck shell=bash
# The store of built parts: a folder is there completely or not at all, and knows what it was built from. Sourced, never run.
# shellcheck disable=SC2154 # parts.sh sets target, recipe, programs and work

# Whether $target holds every program of this very recipe.
stored() {
  local program
  for program in "${programs[@]}"; do
    [ -x "$target/$program" ] || return 1
  done
  grep -qsx "recipe $recipe" "$target/BUILD"
}

# Puts $work/new in place. A folder cannot be renamed over a full one, so an older build moves aside first.
store() {
  printf 'recipe %s\n' "$recipe" >>"$work/new/BUILD"
  [ ! -e "$target" ] || mv "$target" "$work/old"
  mv "$work/new" "$target"
}

# require TOOL…: ends with a hint when one is not on this machine.
require() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || die 1 "The build needs '$tool'." "$(hint_for "$tool")"
  done
}

hint_for() {
  case $1 in
    node | npm) printf 'Run ./bootstrap.sh --local --no-start first: it brings Node.js.' ;;
    *) printf 'Install it: apt-get install cmake g++ make git curl python3' ;;
  esac
}

sha256_of() { sha256sum "$1" | cut -d' ' -f1; }
