/** Prints the speech detector's events for one spoken sentence; run under the emulated CPU. */
import { readFile } from 'node:fs/promises';
import { SileroVad } from '@twin/pipecat-app/ears/silero.js';
import { parseWav } from '@twin/pipecat-app/voice/wav.js';

const { samples } = parseWav(await readFile(process.argv[2] as string));
const engine = new SileroVad();
const knobs = { threshold: 0.5, negThreshold: 0.35, minSpeechMs: 120, redemptionMs: 700, prerollMs: 300 };
await new Promise<void>((resolve, reject) => {
  const vad = engine.open(
    knobs,
    (event) => {
      if (event.type !== 'frame') process.stdout.write(`${event.type}\n`);
      if (event.at >= samples.length - 512) resolve();
    },
    reject,
  );
  vad.push({ at: 0, samples });
});
await engine.close();
