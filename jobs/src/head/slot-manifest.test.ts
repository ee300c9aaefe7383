import { describe, expect, it } from 'vitest';
import { headSettings } from './settings.fixture.js';
import { identityOf, manifestIn } from './slot-manifest.js';

const manifest = { version: 1, slot: 0, identity: 'a', bytes: 9, sha256: 'b', tokens: 40, savedAt: 'now' };
const model = { name: 'small', file: 'small.gguf' };

describe('the manifest of a slot', () => {
  it('is read when it is whole', () => expect(manifestIn(JSON.stringify(manifest))).toEqual(manifest));

  it.each([
    '',
    'null',
    '{}',
    '[]',
    '"text"',
    ...Object.keys(manifest).map((key) => JSON.stringify({ ...manifest, [key]: null })),
  ])('is none: %s', (text) => expect(manifestIn(text)).toBeUndefined());
});

it('an evaluation is worth something for the same build, room, model and layout only', () => {
  const settings = headSettings();
  const of = (
    changes: Partial<typeof settings> = {},
    its = model,
    file = { bytes: 1, changedMs: 2 },
    workers = 0,
  ): string => identityOf({ ...settings, ...changes }, its, file, workers);
  const others = [
    of({ buildId: '4' }),
    of({ context: 1 }),
    of({ slots: 9 }),
    of({}, { ...model, name: 'other' }),
    of({}, model, { bytes: 2, changedMs: 2 }),
    of({}, model, { bytes: 1, changedMs: 3 }),
    of({}, model, { bytes: 1, changedMs: 2 }, 1),
  ];
  expect(of({ port: 1, threads: 9 })).toBe(of());
  expect(new Set([of(), ...others]).size).toBe(others.length + 1);
});
