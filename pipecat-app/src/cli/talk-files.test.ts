import { describe, expect, it } from 'vitest';
import type { ServerEvent, TurnRecord } from '../server/protocol.js';
import { Loudspeaker } from './loudspeaker.js';
import { talkFiles, wasAnswered } from './talk-files.js';

const ms = { endpoint: 0, stt: 0, mind: 0, tts: 0, playout: 0, voice_to_voice: 0 };
const record = (turn: number, change: Partial<TurnRecord> = {}): TurnRecord => ({
  type: 'turn',
  session: 's',
  turn,
  kind: 'voice',
  ts: '2026-01-01T00:00:00Z',
  transcript: 'what time is it',
  answer: 'It is noon.',
  interrupted: false,
  source: 'reflex',
  actions: [],
  ms,
  ...change,
});

type Cue =
  | { at: number; event: Pick<ServerEvent, 'type'> & { data: object } }
  | { at: number; audio: number; turn: number };

/** The client's side of a conversation in which everything happens at a given microphone sample, without a network. */
function scripted(cues: Cue[]) {
  const listeners = new Set<(event: ServerEvent, mic: number) => void>();
  const loudspeaker = new Loudspeaker({ onPlayed: () => undefined, onSamples: () => undefined });
  const heard: number[] = [];
  return {
    heard,
    loudspeaker,
    onEvent(listener: (event: ServerEvent, mic: number) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async talk(source: AsyncIterable<Int16Array>) {
      for await (const frame of source) {
        heard.push(...frame);
        loudspeaker.advance(heard.length);
        while (cues[0] && cues[0].at <= heard.length) {
          const cue = cues.shift() as Cue;
          if ('audio' in cue) {
            loudspeaker.receive(cue.turn, 0, new Int16Array(cue.audio));
            loudspeaker.end(cue.turn, cue.audio);
          } else {
            for (const listener of listeners)
              listener({ ts: 0, session: 's', ...cue.event } as ServerEvent, heard.length);
          }
        }
      }
    },
  };
}

const event = (at: number, type: ServerEvent['type'], data: object): Cue => ({ at, event: { type, data } });
const turn = (at: number, n: number, change: Partial<TurnRecord> = {}): Cue => event(at, 'turn', record(n, change));
const file = (name: string, samples: number) => ({ name, samples: new Int16Array(samples).fill(500) });
const signal = new AbortController().signal;
const second = 16_000;

describe('talking with files', () => {
  it('speaks the next file when the answer to the one before has been played to its end', async () => {
    const client = scripted([
      event(2 * second, 'transcript.final', { turn: 1, text: 'what time is it' }),
      { at: 2 * second, turn: 1, audio: 3 * second },
      turn(2.5 * second, 1),
      turn(9 * second, 2),
    ]);
    const files = [file('a.wav', second), file('b.wav', 320)];
    const { records } = await talkFiles({ client, files, patienceMs: 30_000, signal });
    expect(records.map((r) => r.turn)).toEqual([1, 2]);
    const second500 = client.heard.indexOf(500, 2 * second);
    expect(second500).toBeGreaterThanOrEqual(5 * second);
    expect(second500).toBeLessThan(5.2 * second);
  });

  it('waits for a second turn in the same file', async () => {
    const client = scripted([
      turn(second, 1),
      event(2.5 * second, 'transcript.final', { turn: 2, text: 'and the date' }),
      turn(4 * second, 2),
    ]);
    const { records } = await talkFiles({ client, files: [file('a.wav', 2 * second)], patienceMs: 30_000, signal });
    expect(records.map((r) => r.turn)).toEqual([1, 2]);
  });

  it('does not take an announcement for an answer', async () => {
    const client = scripted([turn(2 * second, 1, { kind: 'announcement' }), turn(6 * second, 2)]);
    const { records } = await talkFiles({ client, files: [file('a.wav', second)], patienceMs: 30_000, signal });
    expect(records.map((r) => r.kind)).toEqual(['announcement', 'voice']);
  });

  it('says which file was not answered in time and goes on with the next', async () => {
    const names: string[] = [];
    const client = scripted([turn(3 * second, 1)]);
    const files = [file('a.wav', 320), file('b.wav', 320)];
    const talked = await talkFiles({ client, files, patienceMs: 2000, signal, onFile: (name) => names.push(name) });
    expect(talked.unanswered).toMatchObject([
      { code: 'TWIN_TALK_TIMEOUT', message: 'a.wav was not answered within 2 s.' },
    ]);
    expect(talked.records.map((r) => r.turn)).toEqual([1]);
    expect(names).toEqual(['a.wav', 'b.wav']);
  });

  it('counts words and actions as an answer, silence not', () => {
    expect(wasAnswered(record(1))).toBe(true);
    expect(wasAnswered(record(1, { answer: '', actions: [{ tool: 'voice.stop', args: {}, ok: true }] }))).toBe(true);
    expect(wasAnswered(record(1, { answer: '' }))).toBe(false);
    expect(wasAnswered(record(1, { source: 'none' }))).toBe(false);
  });
});
