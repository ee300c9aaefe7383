import { samplesToMs } from '@twin/pipecat-app/voice/pcm.js';
import { speech } from '../acoustic/render.js';
import { seeded } from '../acoustic/seeded.js';
import { cough } from './coughs.js';
import { spread } from './quantiles.js';
import { atMost } from './report.js';
import type { Scenario } from './scenario.js';
import { User } from './user.js';

/** Coughs while the agent speaks: the answer must be heard whole, every sample of it once. */
export const coughs: Scenario = async ({ server, quick, signal, say }) => {
  const count = quick ? 10 : 50;
  const random = seeded(11);
  const question = await speech('What can you do?');
  const user = await User.join(server, signal);
  const ends = new Map<number, number>();
  user.client.onEvent((event) => {
    if (event.type === 'audio.end') ends.set(event.data.turn, event.data.samples);
  });
  const played = new Map<number, number>();
  user.client.onPlayed(({ turn, samples }) => played.set(turn, Math.max(samples, played.get(turn) ?? 0)));
  const whole = (await user.ask(question)).record.answer;
  let done = 0;
  let lost = 0;
  let otherTurns = 0;
  while (done < count) {
    const before = user.records.length;
    user.mic.say(question.samples);
    await user.hears(300);
    while (done < count && user.records.length === before) {
      user.mic.say(cough(done, 50 + Math.abs(random()) * 100, done + 1));
      done++;
      await user.pause(1300 + random() * 300);
    }
    await user.until('the answer to end', () => user.records.length > before && !user.client.loudspeaker.busy);
    const [record, ...more] = user.records.slice(before);
    otherTurns += more.length;
    const missing = words(whole) - words(record?.answer ?? '');
    const unheard = (ends.get(record?.turn ?? -1) ?? Number.NaN) - (played.get(record?.turn ?? -1) ?? 0);
    if (missing !== 0 || unheard !== 0) say(`${missing} words and ${unheard} samples missing: "${record?.answer}"`);
    lost += Math.max(0, missing);
  }
  const gaps = holds(user);
  await user.leave();
  const gap = spread(gaps);
  return [
    atMost(`words lost over ${done} coughs`, lost, 0, 'words', { otherTurns, gaps: user.client.loudspeaker.gaps }),
    atMost('pause that a cough causes, longest', gaps.length === 0 ? 0 : gap.max, 700, 'ms', gap),
  ];
};

const words = (text: string): number => text.match(/\S+/g)?.length ?? 0;

/** How long each hold lasted, in ms. */
function holds(user: User): number[] {
  const lengths: number[] = [];
  let since: number | undefined;
  for (const { event, mic } of user.seen) {
    if (event.type === 'audio.hold') since = mic;
    if (event.type === 'audio.resume' && since !== undefined) lengths.push(samplesToMs(mic - since));
    if (event.type === 'audio.resume' || event.type === 'audio.flush') since = undefined;
  }
  return lengths;
}
