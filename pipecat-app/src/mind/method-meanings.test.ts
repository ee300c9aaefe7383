import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { MethodListing } from '../tools/registry.js';
import { MethodMeanings } from './method-meanings.js';

const method = (name: string, description: string, examples: string[]): MethodListing => ({
  name,
  description,
  examples,
  risk: 'read',
  args: z.strictObject({}),
  unavailable: undefined,
});
const methods = [method('lamp.on', 'Lights a lamp.', ['light']), method('door.open', 'Opens a door.', ['door'])];
const { signal } = new AbortController();

/** Two directions: what is about light, and what is about doors. */
function embedderThat(health: { ok: boolean }) {
  const asked: string[][] = [];
  return {
    asked,
    health: () => ({ ...health, detail: '' }),
    embed: async (texts: readonly string[]) => {
      asked.push([...texts]);
      return texts.map((text) => new Float32Array(/light|lamp/i.test(text) ? [1, 0] : [0.6, 0.8]));
    },
  };
}

describe('methods by meaning', () => {
  test('are best first, each with its nearest sentence', async () => {
    const meanings = new MethodMeanings({ embedder: embedderThat({ ok: true }), methods: () => methods });
    await meanings.prepare(signal);
    const found = await meanings.nearest('more light', signal);
    expect(found.map(({ call, score }) => [call, Math.round(score * 10) / 10])).toEqual([
      ['lamp.on', 1],
      ['door.open', 0.6],
    ]);
  });

  test('are none for the first question, which has them embedded, and none while the embedder is away', async () => {
    const embedder = embedderThat({ ok: true });
    const early = new MethodMeanings({ embedder, methods: () => methods });
    expect(await early.nearest('more light', signal)).toEqual([]);
    expect(embedder.asked).toEqual([['Lights a lamp.', 'light', 'Opens a door.', 'door']]);
    await vi.waitFor(async () => expect(await early.nearest('more light', signal)).toHaveLength(2));
    const away = new MethodMeanings({ embedder: embedderThat({ ok: false }), methods: () => methods });
    await away.prepare(signal);
    expect(await away.nearest('more light', signal)).toEqual([]);
  });

  test('are embedded once; a method that comes later is added', async () => {
    const embedder = embedderThat({ ok: true });
    const known = [...methods];
    const meanings = new MethodMeanings({ embedder, methods: () => known });
    await meanings.prepare(signal);
    known.push(method('cat.feed', 'Feeds the cat.', ['cat']));
    await meanings.prepare(signal);
    expect(embedder.asked[1]).toEqual(['Feeds the cat.', 'cat']);
  });
});
