import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { cpuClass } from './cpu-class.js';
import { scratch } from './models.fixture.js';

const OLD =
  'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat clflush mmx fxsr sse sse2 syscall nx lm pni';
const CORE2 = `${OLD} dtes64 monitor ds_cpl vmx est tm2 ssse3 cx16 xtpr pdcm lahf_lm tpr_shadow`;
const PENRYN = `${CORE2} sse4_1 xsave`;
const NEHALEM = `${CORE2} sse4_1 sse4_2 popcnt ida dtherm`;
const IVY_BRIDGE = `${NEHALEM} aes xsave avx f16c rdrand`;
const HASWELL = `${IVY_BRIDGE} movbe fma abm bmi1 avx2 bmi2 erms`;

test.each([
  ['Athlon 64', OLD, undefined],
  ['Core 2 Duo', CORE2, 'core2'],
  ['Core 2 of the Penryn family', PENRYN, 'core2'],
  ['Nehalem', NEHALEM, 'x86-64-v2'],
  ['Ivy Bridge, AVX without AVX2', IVY_BRIDGE, 'x86-64-v2'],
  ['Haswell', HASWELL, 'x86-64-v3'],
  ['Haswell with AVX masked by a hypervisor', HASWELL.replace(' avx ', ' '), 'x86-64-v2'],
])('%s is of its class, for the agent and for the scripts alike', async (name, flags, expected) => {
  const cpuinfo = `processor\t: 0\nmodel name\t: ${name}\nflags\t\t: ${flags}\nbugs\t\t:\n`;
  expect(cpuClass(cpuinfo)).toBe(expected);
  expect(await byScript(cpuinfo)).toBe(expected ?? '');
});

test('an ARM machine has no class', () => {
  expect(cpuClass('processor\t: 0\nFeatures\t: fp asimd\n')).toBeUndefined();
});

async function byScript(cpuinfo: string): Promise<string> {
  const library = fileURLToPath(new URL('../../../scripts/lib/cpu-class.sh', import.meta.url));
  const file = join(await scratch(onTestFinished), 'cpuinfo');
  await writeFile(file, cpuinfo);
  return execFileSync('bash', ['-c', '. "$1"; cpu_class "$2" || true', 'bash', library, file], {
    encoding: 'utf8',
  }).trim();
}
