import type { SileroVad } from '@twin/pipecat-app/ears/silero.js';
import type { VadEvent, VadKnobs } from '@twin/pipecat-app/ears/vad.js';

/** The decisions on one clip, each with the index after the frame in which it fell. */
export type Heard = { event: VadEvent; decidedAt: number }[];

/** Feeds `samples` in pieces of 20 ms and waits for the last whole frame. */
export function hear(engine: SileroVad, frameSamples: number, samples: Int16Array, knobs: VadKnobs): Promise<Heard> {
  const last = samples.length - (samples.length % frameSamples);
  return new Promise((resolve, reject) => {
    const heard: Heard = [];
    let decidedAt = 0;
    const finish = () => {
      vad.close();
      resolve(heard);
    };
    const vad = engine.open(
      knobs,
      (event) => {
        if (event.type !== 'frame') heard.push({ event, decidedAt });
        else decidedAt = event.at;
        // What the last frame decided comes after its own event, before any microtask.
        if (decidedAt >= last) queueMicrotask(finish);
      },
      reject,
    );
    for (let at = 0; at < samples.length; at += 320) vad.push({ at, samples: samples.subarray(at, at + 320) });
  });
}
