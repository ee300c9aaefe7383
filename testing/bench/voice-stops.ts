import { amplify } from '@twin/pipecat-app/voice/pcm.js';
import { type Clip, SPEAKERS, speech, speechLevel } from '../acoustic/render.js';
import { seeded } from '../acoustic/seeded.js';
import { spread } from './quantiles.js';
import { atLeast, atMost } from './report.js';
import type { Scenario } from './scenario.js';
import { User } from './user.js';

const ECHO = { gainDb: -14, delayMs: 120 };
const DETECTED_MS = 350;

/** "Stop" said as loud as the agent itself speaks, over its echo 14 dB below. */
export const stops: Scenario = async ({ server, quick, signal, say }) => {
  const count = quick ? 10 : 50;
  const random = seeded(5);
  const question = await speech('What can you do?');
  const user = await User.join({ ...server, echo: ECHO }, signal);
  await user.ask(question);
  const { speaker } = user.client.recording;
  const level = speechLevel(speaker.slice(speaker.from, speaker.to));
  const clips: Clip[] = [];
  for (const voice of SPEAKERS) {
    const clip = await speech('Stop.', voice);
    clips.push({ ...clip, samples: amplify(clip.samples, level / speechLevel(clip.samples)) });
  }
  const silentAfter: number[] = [];
  let cancelled = 0;
  let obeyed = 0;
  for (let i = 0; i < count; i++) {
    user.mic.say(question.samples);
    await user.hears(1000 + Math.abs(random()) * 1500);
    const next = user.records.length + 1;
    const { record, silentAfterMs } = await user.interrupt(clips[i % clips.length] as Clip);
    if (record.interrupted) cancelled++;
    silentAfter.push(record.interrupted ? silentAfterMs : Number.POSITIVE_INFINITY);
    await user.until('quiet', () => !user.client.loudspeaker.busy);
    await user.pause(1200);
    const understood = user.records[next]?.transcript ?? '';
    if (user.records[next]?.actions[0]?.tool === 'speech.stop') obeyed++;
    say(
      `stop ${i + 1}: ${record.interrupted ? `silent after ${Math.round(silentAfterMs)} ms, "${understood}"` : 'not heard'}`,
    );
  }
  await user.leave();
  const quickly = silentAfter.filter((ms) => ms <= DETECTED_MS).length;
  const times = spread(silentAfter.filter(Number.isFinite));
  return [
    atLeast(`"stop" over the echo: silence within ${DETECTED_MS} ms`, (100 * quickly) / count, 95, '%', times),
    atMost(`"stop" over the echo: not obeyed, of ${count}`, count - cancelled, 0, ''),
    atLeast('"stop" over the echo: understood as "stop"', (100 * obeyed) / count, 80, '%'),
  ];
};
