import { readFileSync } from 'node:fs';

/** The CPU classes that native engines are built for, from the oldest. */
export const CPU_CLASSES = ['core2', 'x86-64-v2', 'x86-64-v3'] as const;
export type CpuClass = (typeof CPU_CLASSES)[number];

/** Flags as /proc/cpuinfo spells them (`pni` is SSE3, `abm` is LZCNT); scripts/lib/cpu-class.sh has the same table. */
const NEEDS: readonly (readonly [CpuClass, string])[] = [
  ['core2', 'lm pni ssse3'],
  ['x86-64-v2', 'cx16 lahf_lm popcnt sse4_1 sse4_2'],
  ['x86-64-v3', 'abm avx avx2 bmi1 bmi2 f16c fma movbe xsave'],
];

/** The class of a CPU with these flags; undefined for one older than a Core 2. */
export function classOfFlags(flags: Iterable<string>): CpuClass | undefined {
  const have = new Set(flags);
  let best: CpuClass | undefined;
  for (const [name, needs] of NEEDS) {
    if (!needs.split(' ').every((flag) => have.has(flag))) break;
    best = name;
  }
  return best;
}

/** The class of the CPU that `cpuinfo` (the text of /proc/cpuinfo) describes; undefined for one older than a Core 2. */
export function cpuClass(cpuinfo: string): CpuClass | undefined {
  return classOfFlags(/^flags\s*:\s*(.*)$/m.exec(cpuinfo)?.[1]?.split(/\s+/) ?? []);
}

/** The class of this machine; undefined when it is older than a Core 2 or no x86-64. */
export function thisCpuClass(): CpuClass | undefined {
  try {
    return cpuClass(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return undefined;
  }
}
