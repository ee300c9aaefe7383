# shellcheck shell=bash
# Node.js for the nodes: one program that needs no other library than those that every Debian has. Sourced, never run.
# shellcheck disable=SC2154 # release.sh sets SCRATCH and TWIN_HOME

# Libraries of the C and C++ run time.
readonly EVERYWHERE='linux-vdso|ld-linux-x86-64|libc|libm|libdl|libpthread|librt|libgcc_s|libstdc\+\+'

portable() { ! ldd "$1" | awk '{ print $1 }' | sed 's,.*/,,' | grep -qvE "^($EVERYWHERE)\\.so"; }

# Sets RUNTIME to a Node.js that can be carried elsewhere, and puts it first, so that what is compiled here fits it. Debian's own
# is no such one: its libraries are packages of their own.
choose_runtime() {
  use_own_node
  RUNTIME=$(readlink -f "$(command -v node || true)")
  if ! node_fits || [ -z "$RUNTIME" ] || ! portable "$RUNTIME"; then
    step "Node.js ($NODE_PACKAGE), which can be carried elsewhere"
    do_node || die 1 'Node.js could not be fetched.' 'Is the network up, and does python3 -m pip download work?'
    done_in
    RUNTIME=$(readlink -f "$TWIN_HOME/node/bin/node")
  fi
}

runtime_inputs() { printf '%s' "$(sha256sum <"$RUNTIME" | cut -d' ' -f1)"; }

pack_runtime() {
  mkdir -p "$SCRATCH/runtime/bin"
  install -m 0755 "$RUNTIME" "$SCRATCH/runtime/bin/node"
  pack "$1" -C "$SCRATCH" --transform='s,^runtime,node,' runtime
}
