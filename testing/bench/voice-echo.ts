import { speech } from '../acoustic/render.js';
import { atMost } from './report.js';
import type { Scenario } from './scenario.js';
import { User } from './user.js';

const DELAYS_MS = [40, 120, 200, 300];
const ECHO_DB = -14;

/** The agent's own voice comes back into the microphone; every interruption and every turn nobody asked for is one too many. */
export const echo: Scenario = async ({ server, quick, signal, say }) => {
  const each = (quick ? 20 : 75) * 16_000;
  const question = await speech('What can you do?');
  let interruptions = 0;
  let holds = 0;
  let heardSeconds = 0;
  for (const delayMs of DELAYS_MS) {
    const user = await User.join({ ...server, echo: { gainDb: ECHO_DB, delayMs } }, signal);
    let asked = 0;
    let sounding = 0;
    user.client.onSpeaker((samples) => {
      sounding += samples.some((s) => Math.abs(s) > 100) ? samples.length : 0;
    });
    while (sounding < each) {
      asked++;
      await user.ask(question);
    }
    const voice = user.records.filter((record) => record.kind === 'voice');
    const own = voice.filter((record) => record.interrupted).length + Math.max(0, voice.length - asked);
    const held = user.seen.filter(({ event }) => event.type === 'audio.hold').length;
    say(
      `echo at ${ECHO_DB} dB, ${delayMs} ms: ${own} self-interruptions, ${held} holds in ${Math.round(sounding / 16_000)} s`,
    );
    interruptions += own;
    holds += held;
    heardSeconds += sounding / 16_000;
    await user.leave();
  }
  const name = `self-interruptions in ${Math.round(heardSeconds)} s of speech with echo at ${ECHO_DB} dB`;
  return [atMost(name, interruptions, 0, '', { holds, delaysMs: DELAYS_MS })];
};
