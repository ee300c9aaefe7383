import { expect, it } from 'vitest';
import type { Health } from '../../../src/server/protocol.js';
import { linkWord, partWords } from './words.js';

const health = (status: Health['status'], parts: Health['parts']): Health => ({
  status,
  parts,
  version: '1',
  experts: [],
  consul: 'off',
  nomad: 'off',
});

it('names the parts as a person does', () => {
  const words = partWords(
    health('ok', { ears: { ok: true, detail: '' }, tts: { ok: true, detail: '' }, disk: { ok: true, detail: '' } }),
  );
  expect(words.map(({ text }) => text)).toEqual(['Ears ready', 'Mouth ready', 'disk ready']);
});

it('says what to do about a part that fails, and that a part may be on its way', () => {
  const parts = { mind: { ok: false, detail: 'Run `twin models pull`.' } };
  expect(partWords(health('degraded', parts))).toEqual([
    { tone: 'bad', text: 'Mind not ready', detail: 'Run `twin models pull`.' },
  ]);
  expect(partWords(health('starting', parts))).toMatchObject([{ tone: 'wait', text: 'Mind starting' }]);
});

it('does not call unknown health good', () => {
  expect(partWords(null)).toMatchObject([{ tone: 'wait' }]);
});

it('says when a lost connection is tried again', () => {
  expect(linkWord({ is: 'lost', attempt: 3, inMs: 2040 }).text).toBe('Connection lost, next try in 2 s');
});
