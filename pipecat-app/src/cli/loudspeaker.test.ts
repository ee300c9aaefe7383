import { describe, expect, it } from 'vitest';
import { concat } from '../voice/pcm.js';
import { Loudspeaker, type Played } from './loudspeaker.js';

const ramp = (from: number, n: number): Int16Array => Int16Array.from({ length: n }, (_, i) => from + i);

function speaker(latency = 0) {
  const reports: Played[] = [];
  const pieces: Int16Array[] = [];
  const loudspeaker = new Loudspeaker({
    latency,
    onPlayed: (p) => reports.push(p),
    onSamples: (s) => pieces.push(s.slice()),
  });
  return { loudspeaker, reports, heard: () => Array.from(concat(pieces)) };
}

describe('loudspeaker', () => {
  it('plays one sample for each microphone sample, silence where nothing is queued', () => {
    const { loudspeaker, heard } = speaker();
    loudspeaker.advance(3);
    loudspeaker.receive(1, 0, ramp(1, 4));
    loudspeaker.advance(9);
    expect(heard()).toEqual([0, 0, 0, 1, 2, 3, 4, 0, 0]);
    expect(loudspeaker.position).toBe(9);
  });

  it('reports every 100 ms of a turn, at the exact sample, and at its end', () => {
    const { loudspeaker, reports } = speaker();
    loudspeaker.advance(100);
    loudspeaker.receive(1, 0, ramp(0, 2000));
    loudspeaker.end(1, 2000);
    loudspeaker.advance(5000);
    expect(reports).toEqual([
      { turn: 1, samples: 1600, mic: 1700 },
      { turn: 1, samples: 2000, mic: 2100 },
    ]);
    expect(loudspeaker.busy).toBe(false);
  });

  it('reports the end at once when everything was played before it was announced', () => {
    const { loudspeaker, reports } = speaker();
    loudspeaker.receive(1, 0, ramp(0, 10));
    loudspeaker.advance(50);
    expect(loudspeaker.busy).toBe(true);
    loudspeaker.end(1, 10);
    expect(reports).toEqual([{ turn: 1, samples: 10, mic: 50 }]);
    expect(loudspeaker.busy).toBe(false);
  });

  it('goes on at the same sample after a hold', () => {
    const { loudspeaker, reports, heard } = speaker();
    loudspeaker.receive(1, 0, ramp(1, 6));
    loudspeaker.advance(2);
    loudspeaker.hold(1);
    loudspeaker.advance(5);
    loudspeaker.resume(1);
    loudspeaker.advance(9);
    expect(heard()).toEqual([1, 2, 0, 0, 0, 3, 4, 5, 6]);
    expect(reports).toEqual([{ turn: 1, samples: 2, mic: 2 }]);
  });

  it('drops a flushed turn and those before it, also chunks that come late, and plays the next', () => {
    const { loudspeaker, reports, heard } = speaker();
    loudspeaker.receive(1, 0, ramp(1, 4));
    loudspeaker.receive(2, 0, ramp(11, 4));
    loudspeaker.advance(1);
    loudspeaker.flush(2);
    loudspeaker.receive(2, 4, ramp(15, 4));
    loudspeaker.receive(3, 0, ramp(21, 2));
    loudspeaker.advance(4);
    expect(heard()).toEqual([1, 21, 22, 0]);
    expect(reports).toEqual([{ turn: 2, samples: 0, mic: 1 }]);
  });

  it('says once how much of a flushed turn was heard, less what a sound card still held', () => {
    const { loudspeaker, reports } = speaker(3);
    loudspeaker.receive(1, 0, ramp(1, 8));
    loudspeaker.advance(5);
    loudspeaker.flush(1);
    loudspeaker.flush(1);
    expect(reports).toEqual([{ turn: 1, samples: 2, mic: 5 }]);
  });

  it('plays turns one after the other', () => {
    const { loudspeaker, heard } = speaker();
    loudspeaker.receive(2, 0, ramp(21, 2));
    loudspeaker.receive(1, 0, ramp(11, 2));
    loudspeaker.end(1, 2);
    loudspeaker.advance(5);
    expect(heard()).toEqual([11, 12, 21, 22, 0]);
  });

  it('counts chunks that do not follow each other', () => {
    const { loudspeaker } = speaker();
    loudspeaker.receive(1, 0, ramp(0, 2));
    loudspeaker.receive(1, 2, ramp(0, 2));
    expect(loudspeaker.gaps).toBe(0);
    loudspeaker.receive(1, 7, ramp(0, 2));
    expect(loudspeaker.gaps).toBe(1);
  });
});
