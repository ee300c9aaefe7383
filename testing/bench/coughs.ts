import { msToSamples } from '@twin/pipecat-app/voice/pcm.js';
import { seeded } from '../acoustic/seeded.js';

/** A short noise that is no word: `kind` 0 to 4 is white, dull, a click, a thump, a cough of two bursts. */
export function cough(kind: number, ms: number, seed: number): Int16Array {
  const random = seeded(seed);
  const length = msToSamples(ms);
  let smooth = 0;
  return Int16Array.from({ length }, (_, i) => {
    const t = i / length;
    const white = random();
    smooth += 0.15 * (white - smooth);
    const shapes = [
      white * Math.sin(Math.PI * t),
      3 * smooth * Math.sin(Math.PI * t),
      white * Math.exp(-30 * t),
      Math.sin(2 * Math.PI * 90 * (i / 16_000)) * Math.exp(-6 * t),
      (0.4 * white + 2 * smooth) * Math.abs(Math.sin(2 * Math.PI * t)) * Math.exp(-2 * t),
    ];
    return Math.round(Math.max(-1, Math.min(1, shapes[kind % shapes.length] ?? 0)) * 12_000);
  });
}
