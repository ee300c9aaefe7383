import type { Mac } from './mac.js';

export const PHASES = ['unknown', 'allowed', 'installing', 'installed', 'joined'] as const;
export type Phase = (typeof PHASES)[number];

/** What a person decided when they allowed a machine. */
export type Plan = {
  /** Host name. */
  name: string;
  /** `/dev/sda`, or `auto`: the only disk there is. */
  disk: string;
  /** Whether a disk with data may be overwritten. */
  wipe: boolean;
  /** Whose installer: our own, or Debian's. */
  way: 'image' | 'installer';
  /** Written to the disk as its GUID: a second try of the same installation knows its own disk by it. */
  installId: string;
};

export type Machine = {
  mac: Mac;
  phase: Phase;
  plan?: Plan;
  /** How often it was sent to the installer since it was allowed. */
  tries: number;
  /** The token of this try by its SHA-256, and whether the configuration was fetched with it. */
  token?: { hash: string; used: boolean };
  /** SHA-256 of the token that the installed system registers with. From its first use it belongs to that host key. */
  registerHash?: string;
  /** Whether a try of this installation has begun to write to the disk. */
  began?: boolean;
  /** Last step of the installer, and why the last try ended. */
  step?: string;
  failure?: string;
  registered?: { address: string; hostKey: string };
};

export type Event =
  | { type: 'seen' }
  | { type: 'allowed'; plan: Plan }
  | { type: 'revoked' }
  | { type: 'sent'; tokenHash: string }
  | { type: 'configured'; tokenHash: string; registerHash: string }
  | { type: 'step'; step: string }
  | { type: 'failed'; reason: string }
  | { type: 'installed' }
  | { type: 'registered'; address: string; hostKey: string }
  | { type: 'refused'; reason: string }
  | { type: 'joined' };

/** A machine that fails this often is left alone until a person allows it again. */
export const MOST_TRIES = 5;

export const unknownMachine = (mac: Mac): Machine => ({ mac, phase: 'unknown', tries: 0 });

/** Where a machine boots. Only one that a person allowed, and that has not finished or failed too often, is sent to the installer. */
export function bootsInto({ phase, tries, plan }: Machine): 'disk' | 'installer' {
  const wanted = plan !== undefined && (phase === 'allowed' || phase === 'installing');
  return wanted && tries < MOST_TRIES ? 'installer' : 'disk';
}

/** The machine after an event; undefined where the event may not come now, which leaves everything as it was. */
export function after(machine: Machine, event: Event): Machine | undefined {
  const { mac, phase, plan } = machine;
  const fresh = unknownMachine(mac);
  switch (event.type) {
    case 'seen':
      return machine;
    case 'allowed':
      // Again at any time: it is how a person has a machine installed anew.
      return { ...fresh, phase: 'allowed', plan: event.plan };
    case 'revoked':
      return fresh;
    case 'sent':
      if (bootsInto(machine) !== 'installer' || !plan) return undefined;
      return {
        ...fresh,
        phase,
        plan,
        tries: machine.tries + 1,
        token: { hash: event.tokenHash, used: false },
        ...(machine.failure !== undefined && { failure: machine.failure }),
        ...(machine.began && { began: true }),
      };
    case 'configured':
      if (machine.token?.hash !== event.tokenHash || machine.token.used) return undefined;
      return {
        ...machine,
        phase: 'installing',
        token: { hash: event.tokenHash, used: true },
        registerHash: event.registerHash,
      };
    case 'step':
      if (phase !== 'installing') return undefined;
      return { ...machine, step: event.step, ...(event.step === 'partition' && { began: true }) };
    case 'failed':
      return phase === 'installing' || phase === 'allowed' ? { ...machine, failure: event.reason } : undefined;
    case 'installed': {
      if (phase !== 'installing' || !machine.token?.used) return undefined;
      const { token: _, failure: __, ...rest } = machine;
      return { ...rest, phase: 'installed' };
    }
    case 'registered': {
      // Again by the same machine: the answer to its first word may have been lost.
      const other = machine.registered && machine.registered.hostKey !== event.hostKey;
      if ((phase !== 'installed' && phase !== 'joined') || !machine.registerHash || other) return undefined;
      return { ...machine, registered: { address: event.address, hostKey: event.hostKey } };
    }
    case 'refused':
      return phase === 'installed' && machine.registered ? { ...machine, failure: event.reason } : undefined;
    case 'joined': {
      if (phase !== 'installed' || !machine.registered) return undefined;
      const { failure: _, ...rest } = machine;
      return { ...rest, phase: 'joined' };
    }
  }
}
