import type { ServerEventData } from '@twin/pipecat-app/server/protocol.js';
import { msToSamples } from '@twin/pipecat-app/voice/pcm.js';
import { SPEAKERS, type Speaker, speech } from '../acoustic/render.js';
import { seeded } from '../acoustic/seeded.js';
import { spread } from './quantiles.js';
import { atMost } from './report.js';
import type { Scenario } from './scenario.js';
import { User } from './user.js';
import { WordEnds } from './word-ends.js';

/** How much earlier a word may truly end than `WordEnds` says. */
const LATE = msToSamples(150);

type Caption = ServerEventData['caption'];

/** Interruptions at random instants: what the agent remembers must be what the loudspeaker played. */
export const bargeIn: Scenario = async ({ server, quick, signal, say }) => {
  const count = quick ? 10 : 200;
  const random = seeded(3);
  const question = await speech('What can you do?');
  const user = await User.join(server, signal);
  const ends = new WordEnds();
  const captions = new Map<number, Caption[]>();
  const played = new Map<number, number>();
  let voice = { name: '', rate: 0 };
  user.client.onEvent((event) => {
    if (event.type === 'hello' || event.type === 'settings') voice = event.data.voice;
    if (event.type === 'caption') captions.set(event.data.turn, [...(captions.get(event.data.turn) ?? []), event.data]);
  });
  user.client.onPlayed(({ turn, samples }) => played.set(turn, Math.max(samples, played.get(turn) ?? 0)));
  const silent: number[] = [];
  let more = 0;
  let fewer = 0;
  let missed = 0;
  for (let i = 0; i < count; i++) {
    user.mic.say(question.samples);
    await user.hears(600 + (random() + 1) * 2000);
    const { record, silentAfterMs } = await user.interrupt(
      await speech('Stop.', SPEAKERS[i % SPEAKERS.length] as Speaker),
    );
    await user.until('quiet', () => !user.client.loudspeaker.busy);
    await user.pause(900);
    if (!record.interrupted) {
      missed++;
      continue;
    }
    silent.push(silentAfterMs);
    const heard = played.get(record.turn) ?? 0;
    const committed = record.answer.match(/\S+/g)?.length ?? 0;
    const [least, most] = await wordsWithin(captions.get(record.turn) ?? [], heard, ends, voice);
    more += Math.max(0, committed - most);
    fewer = Math.max(fewer, least - committed);
    say(
      `barge-in ${i + 1}: ${committed} words remembered, ${least} to ${most} heard, silent after ${Math.round(silentAfterMs)} ms`,
    );
  }
  await user.leave();
  await ends.close();
  const time = spread(silent);
  return [
    atMost(`${count} barge-ins: words remembered that were not heard`, more, 0, 'words'),
    atMost(`${count} barge-ins: words heard that were not remembered, most`, fewer, 1, 'words'),
    atMost(`${count} barge-ins: not noticed`, missed, 0, ''),
    atMost('barge-in, real engines: first sample of speech to silence, p50', time.p50, 220, 'ms', time),
    atMost('barge-in, real engines: first sample of speech to silence, p95', time.p95, 300, 'ms'),
  ];
};

/** Words that were certainly and possibly played to their end within the first `heard` samples. */
async function wordsWithin(
  captions: readonly Caption[],
  heard: number,
  ends: WordEnds,
  voice: { name: string; rate: number },
): Promise<[least: number, most: number]> {
  let least = 0;
  let most = 0;
  for (const { text, from, to } of captions) {
    for (const end of await ends.of(text, to - from, voice)) {
      if (from + end <= heard) least++;
      if (from + end - LATE <= heard) most++;
    }
  }
  return [least, most];
}
