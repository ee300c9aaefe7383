import { expect, test } from 'vitest';
import { measureBandwidth, physicalCores, ramMb, thisMachine } from './this-machine.js';

const processor = (n: number, socket: number, core: number): string =>
  `processor\t: ${n}\nmodel name\t: CPU\nphysical id\t: ${socket}\ncore id\t\t: ${core}\ncpu cores\t: 2\n`;

test('the two threads of a core count once', () => {
  expect(
    physicalCores([processor(0, 0, 0), processor(1, 0, 1), processor(2, 0, 0), processor(3, 0, 1)].join('\n')),
  ).toBe(2);
});

test('equal core numbers of two sockets are two cores', () => {
  expect(physicalCores([processor(0, 0, 0), processor(1, 1, 0)].join('\n'))).toBe(2);
});

test('where cores have no numbers every processor is one', () => {
  expect(physicalCores('processor\t: 0\nbogomips: 1\n\nprocessor\t: 1\nbogomips: 1\n\nHardware\t: board\n')).toBe(2);
});

test('memory is that of the machine, not what is free', () => {
  expect(ramMb('MemTotal:        8010332 kB\nMemFree:          123456 kB\n')).toBe(7822);
});

test('bandwidth is that of the fastest copy, and the probe ends after 0.3 s', () => {
  // Copies of 64 MiB that take 100, 40 and 200 ms by this clock.
  const times = [0, 0, 100, 140, 340];
  const asked: number[] = [];
  const gbs = measureBandwidth(() => {
    asked.push(times.shift() ?? Number.NaN);
    return asked.at(-1) as number;
  });
  expect(gbs).toBeCloseTo((2 * 2 ** 26) / 0.04 / 1e9, 6);
  expect(times).toEqual([]);
});

test('this machine has a name, memory, cores and a bandwidth between that of a Core 2 and that of a server', () => {
  const { name, ramMb: ram, cores, bandwidthGbs, agent } = thisMachine();
  expect(name).not.toBe('');
  expect(ram).toBeGreaterThan(256);
  expect(cores).toBeGreaterThanOrEqual(1);
  expect(bandwidthGbs).toBeGreaterThan(0.5);
  expect(bandwidthGbs).toBeLessThan(500);
  expect(agent).toBe(true);
});
