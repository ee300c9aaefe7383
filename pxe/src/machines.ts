import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type Entry, readEntry } from './entry.js';
import { PxeError } from './errors.js';
import { openJournal } from './journal.js';
import type { Mac } from './mac.js';
import { after, bootsInto, type Event, type Machine, type Plan, unknownMachine } from './phase.js';

/** Strangers on the network may not fill the disk: so many unknown machines are remembered. */
const MOST_STRANGERS = 256;

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** All machines and their journal; the only writer of it. Tokens are kept as hashes only. */
export class Machines {
  readonly #machines = new Map<Mac, Machine>();
  readonly #changed = new Map<Mac, number>();
  readonly #journal;
  readonly #now: () => Date;

  /** @throws PxeError `TWIN_PXE_JOURNAL` */
  constructor(file: string, { now = () => new Date() }: { now?: () => Date } = {}) {
    const { journal, entries } = openJournal(file, readEntry);
    this.#journal = journal;
    this.#now = now;
    for (const { at, mac, event } of entries) {
      const machine = after(this.#of(mac), event);
      if (!machine) continue;
      this.#machines.set(mac, machine);
      this.#changed.set(mac, Date.parse(at));
    }
  }

  list(): Machine[] {
    return [...this.#machines.values()];
  }

  allow(mac: Mac, plan: Omit<Plan, 'installId'>): Machine {
    const other = this.list().find((machine) => machine.plan?.name === plan.name && machine.mac !== mac);
    if (other) {
      throw new PxeError('TWIN_PXE_NAME', `${plan.name} is already the name of ${other.mac}.`, {
        next: `Choose another name, or revoke ${other.mac} first.`,
        status: 409,
      });
    }
    return this.#apply(mac, { type: 'allowed', plan: { ...plan, installId: randomUUID() } });
  }

  revoke(mac: Mac): Machine {
    return this.#apply(mac, { type: 'revoked' });
  }

  /** What a machine that asks boots into; a token for this one try with the installer. */
  boot(mac: Mac): { into: 'disk'; machine: Machine } | { into: 'installer'; token: string; machine: Machine } {
    const machine = this.#of(mac);
    if (bootsInto(machine) === 'installer') {
      const token = randomBytes(16).toString('hex');
      return { into: 'installer', token, machine: this.#apply(mac, { type: 'sent', tokenHash: hashOf(token) }) };
    }
    const strangers = this.list().filter(({ phase }) => phase === 'unknown').length;
    if (!this.#machines.has(mac) && strangers < MOST_STRANGERS) this.#apply(mac, { type: 'seen' });
    return { into: 'disk', machine };
  }

  /**
   * Opens a token: what to install, once.
   * @throws PxeError `TWIN_PXE_TOKEN`, also for the second time
   */
  configure(token: string): { machine: Machine; plan: Plan; registerToken: string } {
    const machine = this.#byToken(token);
    const registerToken = randomBytes(16).toString('hex');
    const tokenHash = hashOf(token);
    const event: Event = { type: 'configured', tokenHash, registerHash: hashOf(registerToken) };
    if (!machine.plan || !after(machine, event)) throw refused();
    return { machine: this.#apply(machine.mac, event), plan: machine.plan, registerToken };
  }

  /** @throws PxeError `TWIN_PXE_TOKEN` for a token whose configuration was not fetched or that is over */
  report(token: string, event: Extract<Event, { type: 'step' | 'failed' | 'installed' }>): Machine {
    return this.#apply(this.#byToken(token).mac, event);
  }

  /** The machine that installs with this token. @throws PxeError `TWIN_PXE_TOKEN` */
  installing(token: string): Machine {
    return this.#byToken(token);
  }

  /** @throws PxeError `TWIN_PXE_TOKEN`, also where another machine has used it */
  register(token: string, { address, hostKey }: { address: string; hostKey: string }): Machine {
    const hash = hashOf(token);
    const machine = this.list().find(({ registerHash }) => registerHash === hash);
    if (!machine) throw refused();
    const { registered } = machine;
    // Told again: nothing to write down.
    if (registered?.address === address && registered.hostKey === hostKey) return machine;
    return this.#apply(machine.mac, { type: 'registered', address, hostKey });
  }

  /** What became of joining. @throws PxeError `TWIN_PXE_TOKEN` for a machine that cannot join now */
  joining(mac: Mac, event: Extract<Event, { type: 'joined' | 'refused' }>): Machine {
    return this.#apply(mac, event);
  }

  /** When it changed last, ms since 1970; 0: never. */
  changedAt(mac: Mac): number {
    return this.#changed.get(mac) ?? 0;
  }

  close(): void {
    this.#journal.close();
  }

  #of(mac: Mac): Machine {
    return this.#machines.get(mac) ?? unknownMachine(mac);
  }

  #byToken(token: string): Machine {
    const hash = hashOf(token);
    const machine = this.list().find((one) => one.token?.hash === hash);
    if (!machine) throw refused();
    return machine;
  }

  #apply(mac: Mac, event: Event): Machine {
    const machine = after(this.#of(mac), event);
    if (!machine) throw refused();
    const entry: Entry = { at: this.#now().toISOString(), mac, event };
    this.#journal.append(entry);
    this.#machines.set(mac, machine);
    this.#changed.set(mac, Date.parse(entry.at));
    return machine;
  }
}

function refused(): PxeError {
  return new PxeError('TWIN_PXE_TOKEN', 'This token is unknown, used or over.', {
    next: 'Start the machine from the network again: it gets a new one while it is allowed.',
    status: 403,
  });
}
