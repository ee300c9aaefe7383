import type { VadEngine, VadKnobs } from './vad.js';

const SILENCE = new Int16Array(1600);

/** Hears a moment of silence, so that the model is loaded before somebody speaks. @throws what the engine reports */
export function warmUp(vad: VadEngine, knobs: VadKnobs, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const detector = vad.open(
      knobs,
      (event) => {
        if (event.type !== 'frame') return;
        detector.close();
        resolve();
      },
      (error) => {
        detector.close();
        reject(error);
      },
    );
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    detector.push({ at: 0, samples: SILENCE });
  });
}
