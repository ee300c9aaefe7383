import { expect, it } from 'vitest';
import { FrameCutter } from './frames.js';

const line = (length: number) => Float32Array.from({ length }, (_, i) => (i % 100) / 200);

it('cuts 128-sample blocks into 20 ms frames that follow each other without a gap', () => {
  const cutter = new FrameCutter(16_000);
  const input = line(1280);
  const frames = [];
  for (let at = 0; at < 1280; at += 128) frames.push(...cutter.push(input.subarray(at, at + 128)));
  expect(frames.map(({ at, samples }) => [at, samples.length])).toEqual([0, 320, 640, 960].map((at) => [at, 320]));
  expect(frames.flatMap(({ samples }) => [...samples])).toEqual(Array.from(input, (s) => Math.round(s * 32768)));
});

it('counts the unfinished frame as captured and gives it out when the microphone closes', () => {
  const cutter = new FrameCutter(16_000);
  cutter.push(line(400));
  expect(cutter.captured).toBe(400);
  expect(cutter.finish().map(({ at, samples }) => [at, samples.length])).toEqual([[320, 80]]);
  expect(cutter.captured).toBe(400);
  expect(cutter.finish()).toEqual([]);
});

it('counts in wire samples whatever the microphone gives', () => {
  const cutter = new FrameCutter(48_000);
  cutter.push(line(48_000));
  expect(cutter.captured).toBe(16_000);
});

it('limits samples that are too loud', () => {
  const [frame] = new FrameCutter(16_000).push(new Float32Array(320).fill(-1.5));
  expect(frame?.samples[0]).toBe(-32768);
});
