import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PinRoom, SlotPins } from './pins.js';

const room: PinRoom = { slots: 4, budgetBytes: 1_000_000, bytesPerToken: 1000 };

describe('slots of personas', () => {
  test('never overlap, leave one to strangers, and keep within the budget', () => {
    const use = fc.record({ persona: fc.constantFrom('a', 'b', 'c', 'd', 'e'), tokens: fc.nat(800) });
    fc.assert(
      fc.property(fc.array(use, { maxLength: 100 }), fc.integer({ min: 1, max: 5 }), (uses, slots) => {
        const pins = new SlotPins({ ...room, slots });
        for (const { persona, tokens } of uses) {
          const slot = pins.slotFor(persona);
          if (slot !== undefined) expect(slot).toBeLessThan(slots - 1);
          pins.measured(persona, tokens);
          const held = [...pins.pinned().values()];
          expect(new Set(held).size).toBe(held.length);
          expect(pins.heldBytes()).toBeLessThanOrEqual(room.budgetBytes);
        }
      }),
    );
  });

  test('are the same on a server that kept them over a sleep, as far as it still has them', () => {
    const before = new Map([
      ['b', 0],
      ['a', 2],
      ['c', 3],
    ]);
    const pins = new SlotPins(room, before);
    expect(['a', 'b', 'c', 'd'].map((persona) => pins.slotFor(persona))).toEqual([2, 0, 1, undefined]);
    expect(before.get('c')).toBe(3);
  });

  test('stay: in a round of five personas on three slots, three keep theirs', () => {
    const pins = new SlotPins(room);
    const slots = Array.from({ length: 12 }, () => ['a', 'b', 'c', 'd', 'e'].map((persona) => pins.slotFor(persona)));
    for (const round of slots) expect(round).toEqual([0, 1, 2, undefined, undefined]);
  });

  test('go to a persona that is asked for much more often', () => {
    const pins = new SlotPins({ ...room, slots: 2 });
    expect(pins.slotFor('old')).toBe(0);
    const newcomer = Array.from({ length: 6 }, () => pins.slotFor('new'));
    expect(newcomer).toEqual([undefined, undefined, undefined, undefined, 0, 0]);
    expect(pins.pinned()).toEqual(new Map([['new', 0]]));
  });

  test('a beginning that is larger than the budget has none', () => {
    const pins = new SlotPins({ ...room, budgetBytes: 1000 });
    expect(pins.slotFor('a')).toBe(0);
    pins.measured('a', 2);
    expect(pins.slotFor('a')).toBeUndefined();
  });
});
