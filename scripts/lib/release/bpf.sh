# shellcheck shell=bash
# The power agent's traffic monitor: a BPF program and the loader for it, the same for every CPU class, so that no node needs a
# compiler. Sourced, never run.
# shellcheck disable=SC2154 # release.sh sets SCRATCH

# Sets BPF to the folder with both. Empty where this machine cannot compile them: nodes then look at connections by ss, and nothing
# sleeps for being idle.
build_bpf() {
  BPF=$(power-agent/bpf/build.sh 2>"$SCRATCH/log") && return
  BPF=
  say "without the traffic monitor, so that nothing sleeps by itself: $(tail -n 1 "$SCRATCH/log")"
}

bpf_inputs() { cat "$BPF/traffic_monitor.o" "$BPF/loader" | sha256sum | cut -d' ' -f1; }

# pack_bpf FILE
pack_bpf() {
  pack "$1" -C "$BPF" --transform='s,^,bpf/,S' traffic_monitor.o loader
}
