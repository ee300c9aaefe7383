import { describe, expect, it } from 'vitest';
import type { ServerEvent } from '../server/protocol.js';
import { jsonLines, readable } from './talk-printer.js';

const event = (type: string, data: object) => ({ type, ts: 1, session: 's', data }) as ServerEvent;
const partial = event('transcript.partial', { turn: 1, text: 'what' });
const final = event('transcript.final', { turn: 1, text: 'what time is it' });
const answer = event('answer', { turn: 1, text: 'It is noon.', interrupted: false });

describe('talk printer', () => {
  it('writes one JSON line per event, and the record itself for a turn', () => {
    const lines: string[] = [];
    const print = jsonLines((line) => lines.push(line));
    for (const e of [final, event('vad', { probability: 1 }), event('turn', { type: 'turn', transcript: 'x' })])
      print(e);
    expect(lines).toEqual([`${JSON.stringify(final)}\n`, '{"type":"turn","transcript":"x"}\n']);
  });

  it('overwrites partial words on a terminal and leaves them out elsewhere', () => {
    const screen: string[] = [];
    const file: string[] = [];
    for (const e of [partial, final, answer]) {
      readable((t) => screen.push(t), true)(e);
      readable((t) => file.push(t), false)(e);
    }
    expect(file.join('')).toBe('you:  what time is it\ntwin: It is noon.\n');
    expect(screen[0]).toBe('\r\x1b[K… what');
  });
});
