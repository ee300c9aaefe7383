import { expect, test } from 'vitest';
import { seccompProgram } from './seccomp.js';

test.each(['x64', 'arm64'] as const)(
  'the program of %s is whole instructions, and ends by allowing',
  (architecture) => {
    const program = seccompProgram(architecture) ?? Buffer.alloc(0);
    expect(program.length % 8).toBe(0);
    expect(program.readUInt32LE(program.length - 4)).toBe(0x7fff0000);
  },
);

test('an architecture without a table has no program', () => {
  expect(seccompProgram('riscv64')).toBeUndefined();
});
