import { LOOP_SAMPLING_MS } from '@twin/pipecat-app/observe/metrics.js';
import { SPEAKERS, type Speaker, speech } from '../acoustic/render.js';
import { residentMiB } from './process-usage.js';
import { atMost } from './report.js';
import type { Scenario } from './scenario.js';
import { User } from './user.js';

const SESSIONS = 4;

/** Memory before anybody has spoken: the agent's own process, engines and models not counted. */
export const idle: Scenario = async ({ server }) => {
  return [
    atMost('resident memory of the idle agent, without engines and models', await residentMiB(server.pid), 143, 'MiB'),
  ];
};

/** Four conversations at once. The agent's own figure contains the period of the timer that samples it. */
export const load: Scenario = async ({ server, quick, signal }) => {
  const users = await Promise.all(Array.from({ length: SESSIONS }, () => User.join(server, signal)));
  const metric = async (): Promise<number> => {
    const response = await fetch(`${server.endpoint}/metrics`, {
      headers: { authorization: `Bearer ${server.key}` },
      signal,
    });
    return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(await response.text())?.[1]) * 1000;
  };
  await metric();
  const until = performance.now() + (quick ? 20_000 : 60_000);
  await Promise.all(
    users.map(async (user, i) => {
      const clip = await speech('What time is it?', SPEAKERS[i % SPEAKERS.length] as Speaker);
      await user.pause(i * 400);
      while (performance.now() < until) await user.ask(clip);
    }),
  );
  const p99 = Math.max(0, (await metric()) - LOOP_SAMPLING_MS);
  await Promise.all(users.map((user) => user.leave()));
  return [atMost(`${SESSIONS} sessions: event-loop delay, p99`, p99, 20, 'ms')];
};
