import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Clock } from '@twin/hashi/clock.js';
import { PowerAgentError } from '../errors.js';

/** Suspends this node to RAM; ends when it is back. */
export type Suspend = (signal: AbortSignal) => Promise<void>;

const LOOK_MS = 500;
const PATIENCE_MS = 60_000;
/** A jump of the time since the start against the time awake; ticks of the clocks are far below. */
const JUMP_MS = 1_000;

/**
 * `mem` writes to the kernel itself, which answers when the node is back; `systemctl` leaves it to systemd, whose hooks run then,
 * and which answers before. What it throws: `TWIN_POWER_SUSPEND` when the node did not suspend.
 */
export function suspendBy(how: 'systemctl' | 'mem', clock: Clock): Suspend {
  return async (signal) => {
    try {
      if (how === 'mem') return await writeFile('/sys/power/state', 'mem');
      const before = await asleepMs(clock);
      await promisify(execFile)('systemctl', ['suspend'], { signal });
      const late = clock.now() + PATIENCE_MS;
      while ((await asleepMs(clock)) - before < JUMP_MS) {
        if (clock.now() > late) throw new Error('It is still awake after a minute.');
        await clock.sleep(LOOK_MS, signal);
        signal.throwIfAborted();
      }
    } catch (cause) {
      signal.throwIfAborted();
      throw new PowerAgentError('TWIN_POWER_SUSPEND', `This node did not suspend: ${(cause as Error).message}`, {
        next: 'Try "systemctl suspend" by hand, or leave POWER_NODE_SLEEP at off.',
        cause,
      });
    }
  };
}

/** Time that this node was suspended so far: the clock of a process stands still then, the time since the start does not. */
async function asleepMs(clock: Clock): Promise<number> {
  return Number.parseFloat(await readFile('/proc/uptime', 'utf8')) * 1000 - clock.now();
}
