import type { Consul } from '@twin/hashi/consul.js';
import { POWER_PREFIX, powerStates } from '@twin/hashi/power/power-kv.js';
import { TwinError } from '../errors.js';
import type { Watch } from '../experts/catalogue.js';
import { EXPERT_PREFIX, type Power } from '../experts/service-table.js';
import type { Waker } from '../experts/wake.js';
import type { Sleeper } from './sleeper.js';

/** Until one was measured: a small model on an old disk. */
const FIRST_GUESS_MS = 20_000;
/** How much the newest wake counts in the average. */
const NEWEST = 0.5;

/** Which services sleep, out of Consul. */
export const powerWatch = (consul: () => Promise<Pick<Consul, 'kv'>>): Watch<Power> =>
  async function* (signal) {
    const { kv } = await consul();
    for await (const entries of kv.watchList(POWER_PREFIX, signal))
      yield new Map(
        [...powerStates(entries)].map(([service, { state }]) => [service, state === 'awake' ? 'awake' : 'asleep']),
      );
  };

/** Wakes experts for questions to them, through Nomad; many questions wake one once. */
export function nomadWaker(sleeper: Pick<Sleeper, 'wake'>): Waker {
  /** Average of each expert, in ms. */
  const measured = new Map<string, number>();
  return {
    async wake(expert, signal) {
      try {
        await sleeper.wake(EXPERT_PREFIX + expert, 'a question', signal);
      } catch (error) {
        // Woken by somebody else in the meantime: that is what was wanted.
        if (!(error instanceof TwinError) || error.code !== 'TWIN_POWER_AWAKE') throw error;
      }
    },
    takesMs: (expert) => measured.get(expert) ?? FIRST_GUESS_MS,
    took(expert, ms) {
      const before = measured.get(expert) ?? ms;
      measured.set(expert, before + NEWEST * (ms - before));
    },
  };
}
