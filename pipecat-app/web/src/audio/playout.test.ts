import { describe, expect, it } from 'vitest';
import { FADE_SAMPLES, type Played, Playout } from './playout.js';

/** Sample `i` of the turn has the value `i + 1`, so that what comes out says where it was taken. */
const ramp = (from: number, to: number) => Int16Array.from({ length: to - from }, (_, i) => from + i + 1);
const out = (playout: Playout, samples: number) => {
  const block = new Float32Array(samples);
  const reports = playout.pull(block);
  return { block: Array.from(block, (s) => Math.round(s * 32768)), reports };
};
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i + 1);
const last = (reports: Played[]) => reports.at(-1);

describe('playout', () => {
  it('plays pieces in order, and silence where there is nothing', () => {
    const playout = new Playout();
    playout.push(1, 0, ramp(0, 100));
    playout.push(1, 100, ramp(100, 150));
    expect(out(playout, 128).block).toEqual(numbers(0, 128));
    expect(out(playout, 128).block).toEqual([...numbers(128, 150), ...Array(106).fill(0)]);
  });

  it('does not count silence while it waits for more of the turn', () => {
    const playout = new Playout();
    playout.push(1, 0, ramp(0, 100));
    out(playout, 1000);
    playout.push(1, 100, ramp(100, 200));
    expect(out(playout, 100).block).toEqual(numbers(100, 200));
  });

  it('skips what it has already played and leaves lost samples silent', () => {
    const playout = new Playout();
    playout.push(1, 0, ramp(0, 50));
    playout.push(1, 20, ramp(20, 60));
    playout.push(1, 70, ramp(70, 80));
    expect(out(playout, 80).block).toEqual([...numbers(0, 60), ...Array(10).fill(0), ...numbers(70, 80)]);
  });

  it('reports the first samples at once, then about every 100 ms, then the end', () => {
    const playout = new Playout();
    playout.push(1, 0, ramp(0, 5000));
    playout.end(1, 5000);
    const reports: Played[] = [];
    for (let i = 0; i < 40; i++) reports.push(...out(playout, 128).reports);
    expect(reports).toEqual([
      { turn: 1, samples: 128, why: 'start' },
      { turn: 1, samples: 1664, why: 'tick' },
      { turn: 1, samples: 3328, why: 'tick' },
      { turn: 1, samples: 4992, why: 'tick' },
      { turn: 1, samples: 5000, why: 'end' },
    ]);
  });

  it('holds at the sample, fades what follows for 5 ms, and resumes at the same sample', () => {
    const playout = new Playout();
    playout.push(1, 0, ramp(1000, 6000));
    out(playout, 500);
    playout.hold(1);
    const held = out(playout, 500);
    expect(held.reports).toEqual([{ turn: 1, samples: 500, why: 'hold' }]);
    expect(held.block.slice(0, FADE_SAMPLES).every((s, i) => s > 0 && s < 1501 + i)).toBe(true);
    expect(held.block.slice(FADE_SAMPLES).every((s) => s === 0)).toBe(true);
    playout.resume(1);
    const { block } = out(playout, 500);
    expect(block.slice(0, FADE_SAMPLES).every((s, i) => s < 1501 + i)).toBe(true);
    expect(block.slice(FADE_SAMPLES)).toEqual(numbers(1500 + FADE_SAMPLES, 2000));
  });

  it('is silent 5 ms after a flush, whatever was queued, and reports what was played', () => {
    const playout = new Playout();
    playout.push(1, 0, ramp(0, 20_000));
    out(playout, 640);
    playout.flush(1);
    const { block, reports } = out(playout, 4000);
    expect(reports).toEqual([{ turn: 1, samples: 640, why: 'flush' }]);
    expect(block.slice(FADE_SAMPLES).every((s) => s === 0)).toBe(true);
  });

  it('ignores audio of a flushed turn that arrives late', () => {
    const playout = new Playout();
    playout.flush(3);
    playout.push(2, 0, ramp(0, 100));
    playout.push(3, 0, ramp(0, 100));
    expect(out(playout, 128).block.every((s) => s === 0)).toBe(true);
    playout.push(4, 0, ramp(0, 128));
    expect(out(playout, 128).block).toEqual(numbers(0, 128));
  });

  it('starts the next turn under the fade of the flushed one', () => {
    const playout = new Playout();
    playout.push(1, 0, ramp(0, 1000));
    out(playout, 100);
    playout.flush(1);
    playout.push(2, 0, ramp(0, 1000));
    expect(out(playout, 200).block.slice(FADE_SAMPLES)).toEqual(numbers(FADE_SAMPLES, 200));
  });

  it('answers a flush of a turn that has ended or never came', () => {
    const playout = new Playout();
    playout.push(1, 0, ramp(0, 100));
    playout.end(1, 100);
    expect(last(out(playout, 200).reports)).toEqual({ turn: 1, samples: 100, why: 'end' });
    playout.flush(1);
    expect(out(playout, 1).reports).toEqual([{ turn: 1, samples: 100, why: 'flush' }]);
    playout.flush(7);
    expect(out(playout, 1).reports).toEqual([{ turn: 7, samples: 0, why: 'flush' }]);
  });

  it('plays the next turn right behind the end of the last, within one block', () => {
    const playout = new Playout();
    playout.push(2, 0, ramp(0, 100));
    playout.push(1, 0, ramp(0, 100));
    playout.end(1, 100);
    playout.end(2, 100);
    const { block, reports } = out(playout, 200);
    expect(block).toEqual([...numbers(0, 100), ...numbers(0, 100)]);
    expect(reports.filter(({ why }) => why === 'end').map(({ turn }) => turn)).toEqual([1, 2]);
  });

  it('keeps a turn silent that was held before its first sample came', () => {
    const playout = new Playout();
    playout.hold(1);
    playout.push(1, 0, ramp(0, 100));
    expect(out(playout, 128).block.every((s) => s === 0)).toBe(true);
    playout.resume(1);
    expect(out(playout, 100).block).toEqual(numbers(0, 100));
  });

  it('after a reset counts turns from the start again', () => {
    const playout = new Playout();
    playout.push(5, 0, ramp(0, 1000));
    playout.flush(5);
    playout.reset();
    playout.push(1, 0, ramp(0, 128));
    expect(out(playout, 128).block).toEqual(numbers(0, 128));
  });
});
