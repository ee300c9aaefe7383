import { expect, it } from 'vitest';
import { duration, waterfall } from './waterfall.js';

it('puts each part where the one before it ends', () => {
  const { stages, totalMs } = waterfall({ endpoint: 300, stt: 0, mind: 50, tts: 80, playout: 70, voice_to_voice: 500 });
  expect(stages.map(({ startMs }) => startMs)).toEqual([0, 300, 300, 350, 430]);
  expect(totalMs).toBe(500);
});

it('draws a turn without any delay, and no part backwards', () => {
  const zero = { endpoint: -5, stt: 0, mind: 0, tts: 0, playout: 0, voice_to_voice: 0 };
  expect(waterfall(zero)).toMatchObject({ totalMs: 1, stages: [{ ms: 0 }, {}, {}, {}, {}] });
});

it('says short times in milliseconds and long ones in seconds', () => {
  expect([duration(84.4), duration(840), duration(12_350)]).toEqual(['84 ms', '0.84 s', '12.35 s']);
});
