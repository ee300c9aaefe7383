# shellcheck shell=bash
# The CPU class that native engines are built for. pipecat-app/src/models/cpu-class.ts has the same table for the agent;
# testing keeps the two equal. Sourced, never run.

# Flags as /proc/cpuinfo spells them (`pni` is SSE3, `abm` is LZCNT). A class needs its own and all those before it.
readonly CPU_CORE2='pni ssse3'
readonly CPU_V2='cx16 lahf_lm popcnt sse4_1 sse4_2'
readonly CPU_V3='abm avx avx2 bmi1 bmi2 f16c fma movbe xsave'

has_flags() {
  local flag
  for flag in $2; do
    case " $1 " in *" $flag "*) ;; *) return 1 ;; esac
  done
}

# cpu_class CPUINFO: prints core2, x86-64-v2 or x86-64-v3; fails when the CPU is older or no x86-64 is described.
cpu_class() {
  local flags
  flags=$(sed -n 's/^flags[[:space:]]*:[[:space:]]*//p' "$1" | head -n 1)
  if ! has_flags "$flags" "lm $CPU_CORE2"; then return 1; fi
  if ! has_flags "$flags" "$CPU_V2"; then printf 'core2\n'; return; fi
  if ! has_flags "$flags" "$CPU_V3"; then printf 'x86-64-v2\n'; return; fi
  printf 'x86-64-v3\n'
}
