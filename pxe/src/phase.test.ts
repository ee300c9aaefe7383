import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMac } from './mac.js';
import { after, bootsInto, type Event, type Machine, MOST_TRIES, unknownMachine } from './phase.js';

const mac = parseMac('52:54:00:00:00:01');
const plan = {
  name: 'worker1',
  disk: '/dev/sda',
  way: 'image' as const,
  wipe: false,
  installId: '0b8f8a7e-3a53-4a3c-8d2e-2f8f2a1f0c11',
};

/** Few tokens, so that walks meet the same one again. */
const hash = fc.constantFrom('a', 'b', 'c');
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ type: fc.constant('seen' as const) }),
  fc.record({ type: fc.constant('allowed' as const), plan: fc.constant(plan) }),
  fc.record({ type: fc.constant('revoked' as const) }),
  fc.record({ type: fc.constant('sent' as const), tokenHash: hash }),
  fc.record({ type: fc.constant('configured' as const), tokenHash: hash, registerHash: hash }),
  fc.record({ type: fc.constant('step' as const), step: fc.constant('unpack') }),
  fc.record({ type: fc.constant('failed' as const), reason: fc.constant('no disk') }),
  fc.record({ type: fc.constant('installed' as const) }),
  fc.record({ type: fc.constant('registered' as const), address: fc.constant('::1'), hostKey: fc.constant('k') }),
  fc.record({ type: fc.constant('joined' as const) }),
);
const walk = (events: Event[], from: Machine = unknownMachine(mac)): Machine =>
  events.reduce((machine, next) => after(machine, next) ?? machine, from);

const INSTALLED: Event[] = [
  { type: 'allowed', plan },
  { type: 'sent', tokenHash: 'a' },
  { type: 'configured', tokenHash: 'a', registerHash: 'b' },
  { type: 'step', step: 'unpack' },
  { type: 'installed' },
];

describe('the phase of a machine', () => {
  test('goes from unknown to joined', () => {
    const phases = [
      ...INSTALLED,
      { type: 'registered', address: '::1', hostKey: 'k' } as const,
      { type: 'joined' } as const,
    ].map((_, i, all) => walk(all.slice(0, i + 1)).phase);
    expect(phases).toEqual(['allowed', 'allowed', 'installing', 'installing', 'installed', 'installed', 'joined']);
  });

  test('no machine is sent to the installer that no person allowed since it was last revoked or installed', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let allowed = false;
        let machine = unknownMachine(mac);
        for (const next of events) {
          const then = after(machine, next);
          if (!then) continue;
          machine = then;
          if (next.type === 'allowed') allowed = true;
          if (next.type === 'revoked' || next.type === 'installed') allowed = false;
          expect(!allowed && bootsInto(machine) === 'installer').toBe(false);
        }
      }),
    );
  });

  test('an installed machine boots from its disk for ever, whatever it does', () => {
    const noPerson = event.filter(({ type }) => type !== 'allowed');
    fc.assert(
      fc.property(fc.array(noPerson, { maxLength: 40 }), (events) => {
        let machine = walk(INSTALLED);
        for (const next of events) {
          machine = after(machine, next) ?? machine;
          expect(bootsInto(machine)).toBe('disk');
        }
      }),
    );
  });

  test('a token opens the configuration once', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let machine = unknownMachine(mac);
        const opened: string[] = [];
        for (const next of events) {
          const then = after(machine, next);
          if (!then) continue;
          if (next.type === 'sent') opened.length = 0;
          if (next.type === 'configured') opened.push(next.tokenHash);
          expect(opened.length).toBeLessThanOrEqual(1);
          machine = then;
        }
      }),
    );
  });

  test('a machine that never finishes is sent to the installer a few times, then left alone until it is allowed again', () => {
    const tries = Array.from({ length: 20 }, (): Event[] => [
      { type: 'sent', tokenHash: 'a' },
      { type: 'configured', tokenHash: 'a', registerHash: 'b' },
      { type: 'failed', reason: 'power' },
    ]).flat();
    const machine = walk([{ type: 'allowed', plan }, ...tries]);
    expect(machine).toMatchObject({ phase: 'installing', tries: MOST_TRIES, failure: 'power' });
    expect(bootsInto(machine)).toBe('disk');
    expect(bootsInto(walk([{ type: 'allowed', plan }], machine))).toBe('installer');
  });
});
