import { readFileSync } from 'node:fs';

/** The CPU classes that native engines are built for, from the oldest. */
export type CpuClass = 'core2' | 'x86-64-v2' | 'x86-64-v3';

/** Flags as /proc/cpuinfo spells them (`pni` is SSE3, `abm` is LZCNT); scripts/lib/cpu-class.sh has the same table. */
const NEEDS: readonly (readonly [CpuClass, string])[] = [
  ['core2', 'lm pni ssse3'],
  ['x86-64-v2', 'cx16 lahf_lm popcnt sse4_1 sse4_2'],
  ['x86-64-v3', 'abm avx avx2 bmi1 bmi2 f16c fma movbe xsave'],
];

/** The class of the CPU that `cpuinfo` (the text of /proc/cpuinfo) describes; undefined for one older than a Core 2. */
export function cpuClass(cpuinfo: string): CpuClass | undefined {
  const flags = new Set(/^flags\s*:\s*(.*)$/m.exec(cpuinfo)?.[1]?.split(/\s+/));
  let best: CpuClass | undefined;
  for (const [name, needs] of NEEDS) {
    if (!needs.split(' ').every((flag) => flags.has(flag))) break;
    best = name;
  }
  return best;
}

/** The class of this machine; undefined when it is older than a Core 2 or no x86-64. */
export function thisCpuClass(): CpuClass | undefined {
  try {
    return cpuClass(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return undefined;
  }
}
