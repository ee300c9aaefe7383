const EPERM = 1;
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const refuse = 0x00050000 | EPERM;
/** Offsets in `struct seccomp_data`. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const SECOND_ARGUMENT = 16 + 8;
/** Codes of classic BPF: load a word, jump if equal, jump if at least, return. */
const LOAD = 0x20;
const EQUAL = 0x15;
const AT_LEAST = 0x35;
const RETURN = 0x06;
/** `ioctl`s that type into a terminal, or into the console. */
const TYPING = [0x5412, 0x541c];

type Numbers = { audit: number; ioctl: number; refused: readonly number[] };

/** Since Linux 5.1 new calls have the same number everywhere: io_uring, the new mount calls, pidfd_getfd. */
const EVERYWHERE = [425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442];

/**
 * System calls that reach beyond the sandbox, or into rarely used corners of the kernel: tracing, mounts and namespaces, keys,
 * bpf, performance counters, clocks, modules, file handles. Numbers of the kernel's tables for each architecture.
 */
const NUMBERS: Partial<Record<NodeJS.Architecture, Numbers>> = {
  x64: {
    audit: 0xc000003e,
    ioctl: 16,
    refused: [
      101, 103, 155, 159, 161, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 175, 176, 179, 227, 246, 248, 249,
      250, 272, 298, 303, 304, 305, 308, 310, 311, 312, 313, 320, 321, 323,
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    ioctl: 29,
    refused: [
      117, 116, 41, 171, 51, 89, 170, 40, 39, 224, 225, 142, 161, 162, 105, 106, 60, 112, 104, 217, 218, 219, 97, 241,
      264, 265, 266, 268, 270, 271, 272, 273, 294, 280, 282,
    ],
  },
};

/**
 * A seccomp program (classic BPF, as `bwrap --seccomp` reads it) that answers those calls with EPERM and kills a program that
 * calls by another architecture's table. Undefined where no table is known.
 */
export function seccompProgram(architecture: NodeJS.Architecture = process.arch): Buffer | undefined {
  const numbers = NUMBERS[architecture];
  if (numbers === undefined) return undefined;
  const steps: [code: number, ifSo: number, ifNot: number, value: number][] = [
    [LOAD, 0, 0, ARCHITECTURE],
    [EQUAL, 1, 0, numbers.audit],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER],
    // The x32 table of x64.
    [AT_LEAST, 0, 1, 0x40000000],
    [RETURN, 0, 0, refuse],
  ];
  for (const number of [...numbers.refused, ...EVERYWHERE]) steps.push([EQUAL, 0, 1, number], [RETURN, 0, 0, refuse]);
  steps.push([EQUAL, 1, 0, numbers.ioctl], [RETURN, 0, 0, ALLOW], [LOAD, 0, 0, SECOND_ARGUMENT]);
  for (const request of TYPING) steps.push([EQUAL, 0, 1, request], [RETURN, 0, 0, refuse]);
  steps.push([RETURN, 0, 0, ALLOW]);
  const program = Buffer.alloc(steps.length * 8);
  for (const [at, [code, ifSo, ifNot, value]] of steps.entries()) {
    program.writeUInt16LE(code, at * 8);
    program.writeUInt8(ifSo, at * 8 + 2);
    program.writeUInt8(ifNot, at * 8 + 3);
    program.writeUInt32LE(value >>> 0, at * 8 + 4);
  }
  return program;
}
