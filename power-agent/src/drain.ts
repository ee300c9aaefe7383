import type { Clock } from '@twin/hashi/clock.js';
import type { ServiceInstance } from '@twin/hashi/consul/instance.js';
import { PowerError } from '@twin/hashi/power/power-error.js';
import { z } from 'zod';

const slots = z.array(z.looseObject({ is_processing: z.boolean() }));
const ASK_MS = 2_000;
const AGAIN_MS = 200;
const PATIENCE_MS = 60_000;

/**
 * Requests that instances answer now. llama.cpp tells of its slots; one that does not answer in time is busy. A service
 * that tells nothing counts as none: its traffic is all that is known of it.
 */
export async function working(
  instances: readonly Pick<ServiceInstance, 'address' | 'port'>[],
  signal: AbortSignal,
): Promise<number> {
  const each = await Promise.all(instances.map((instance) => processing(instance, signal)));
  return each.reduce((sum, count) => sum + count, 0);
}

/**
 * Waits until no instance works any more.
 * @throws PowerError `TWIN_POWER_BUSY` after a minute
 */
export async function drained(
  instances: readonly Pick<ServiceInstance, 'address' | 'port'>[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const late = clock.now() + PATIENCE_MS;
  while ((await working(instances, signal)) > 0) {
    if (clock.now() >= late) {
      throw new PowerError('TWIN_POWER_BUSY', 'It still answers requests.', {
        next: 'Wait for them.',
        retryable: true,
      });
    }
    await clock.sleep(AGAIN_MS, signal);
    signal.throwIfAborted();
  }
}

async function processing(
  { address, port }: Pick<ServiceInstance, 'address' | 'port'>,
  signal: AbortSignal,
): Promise<number> {
  const host = address.includes(':') ? `[${address}]` : address;
  const limit = AbortSignal.timeout(ASK_MS);
  try {
    const answer = await fetch(`http://${host}:${port}/slots`, { signal: AbortSignal.any([signal, limit]) });
    const read = slots.safeParse(await answer.json());
    return read.success ? read.data.filter((slot) => slot.is_processing).length : 0;
  } catch {
    signal.throwIfAborted();
    return limit.aborted ? 1 : 0;
  }
}
