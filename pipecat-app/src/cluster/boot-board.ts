import { randomUUID } from 'node:crypto';
import {
  BOOT_ALIVE,
  BOOT_ANSWERS,
  BOOT_MACHINES,
  BOOT_ORDERS,
  BOOT_PREFIX,
  type BootMachine,
  type BootOrder,
  type BootPhase,
  bootAnswer,
  bootMachine,
} from '@twin/hashi/boot/boot-kv.js';
import type { Consul } from '@twin/hashi/consul.js';
import { parsed } from '@twin/hashi/power/power-kv.js';
import { TwinError, toPublicError } from '../errors.js';
import { type Clock, pause } from '../experts/clock.js';
import type { MachinesAnswer } from '../server/machines-protocol.js';
import { GET_ONE, shown } from './failure.js';
import { followed } from './followed.js';
import { Fresh } from './fresh.js';

export type BootBoardParts = {
  /** Left out where there is no cluster. */
  kv?: (() => Promise<Pick<Consul['kv'], 'list' | 'get' | 'put' | 'delete'>>) | undefined;
  clock: Clock;
  /** Wall clock, ms since 1970. */
  now: () => number;
};

/** Consul is asked once within it, for everybody who looks, in ms. */
const FRESH_MS = 400;
/** The boot service tells every 10 s that it is there. */
const SILENT_MS = 35_000;
const ANSWER_MS = 10_000;
const EVERY_MS = 200;

const NO_SERVICE =
  'No network boot service is there. Name a machine under pxe_server in inventory.yaml and run `ansible-playbook playbook.yaml --tags pxe_server`.';
const NEXT: Record<BootPhase, number> = { installing: 0, allowed: 1, installed: 2, unknown: 3, joined: 4 };

/** Machines that boot from the network, as the boot service shows them in Consul, and what an operator wants of them. */
export class BootBoard {
  readonly #parts: BootBoardParts;
  readonly #fresh: Fresh<MachinesAnswer>;

  constructor(parts: BootBoardParts) {
    this.#parts = parts;
    this.#fresh = new Fresh(
      () => this.#ask(),
      FRESH_MS,
      () => parts.clock.now(),
    );
  }

  /** How it is now. A Consul that does not answer is told in words. */
  look(): Promise<MachinesAnswer> {
    return this.#fresh.get();
  }

  /** How it is, again whenever it is otherwise, and every 10 s, until `signal` aborts. */
  follow(signal: AbortSignal): AsyncGenerator<MachinesAnswer, void> {
    return followed(() => this.look(), this.#parts.clock, signal, { everyMs: 500 });
  }

  /**
   * Gives an order to the boot service and waits for its answer: the phase of the machine after it.
   * @throws TwinError with the service's own code, `TWIN_PXE_NOT_RUNNING` where none answers, `TWIN_NOMAD_OFF` without a cluster
   */
  async order(order: BootOrder, signal: AbortSignal): Promise<BootPhase> {
    const { kv, clock } = this.#parts;
    if (kv === undefined) throw noCluster();
    const store = await kv();
    const id = randomUUID();
    const until = clock.now() + ANSWER_MS;
    await store.put(BOOT_ORDERS + id, JSON.stringify(order), { signal });
    try {
      while (clock.now() < until) {
        const entry = await store.get(BOOT_ANSWERS + id, { signal });
        const answer = bootAnswer.safeParse(parsed(entry?.value ?? '')).data;
        if (answer?.error) {
          const { code, message, next } = answer.error;
          throw new TwinError(/^TWIN_[A-Z_]+$/.test(code) ? (code as `TWIN_${string}`) : 'TWIN_PXE_PLAN', message, {
            next,
          });
        }
        if (answer?.phase) return answer.phase;
        await pause(clock, EVERY_MS, signal);
        signal.throwIfAborted();
      }
    } finally {
      this.#fresh.forget();
      // Not to be done later, when nobody waits for it any more.
      await store.delete(BOOT_ORDERS + id).catch(() => undefined);
    }
    throw new TwinError('TWIN_PXE_NOT_RUNNING', 'No network boot service took the order.', {
      next: 'Look at it on the controller: systemctl status twin-boot.',
      retryable: true,
    });
  }

  async #ask(): Promise<MachinesAnswer> {
    const { kv, now } = this.#parts;
    const empty = { served: false, machines: [] };
    if (kv === undefined) return { consul: 'off', words: `There is no cluster yet. ${GET_ONE}`, ...empty };
    try {
      const entries = await (await kv()).list(BOOT_PREFIX);
      const alive = Number(entries.find(({ key }) => key === BOOT_ALIVE)?.value ?? 0);
      const served = now() - alive < SILENT_MS;
      const machines = entries
        .filter(({ key }) => key.startsWith(BOOT_MACHINES))
        .flatMap(machineOf)
        .sort(byNeed);
      return { consul: 'ok', words: served ? '' : NO_SERVICE, served, machines };
    } catch (error) {
      const { message, next } = toPublicError(shown(error) as TwinError);
      return { consul: 'failed', words: `${message} ${next}`.trim(), ...empty };
    }
  }
}

const machineOf = ({ value }: { value: string }): BootMachine[] => {
  const { data } = bootMachine.safeParse(parsed(value));
  return data ? [data] : [];
};

/** What happens now first, then what changed last. */
const byNeed = (a: BootMachine, b: BootMachine): number => NEXT[a.phase] - NEXT[b.phase] || b.at - a.at;

const noCluster = (): TwinError =>
  new TwinError('TWIN_NOMAD_OFF', 'This agent belongs to no cluster, so no machine can join it.', { next: GET_ONE });
