import { describe, expect, it } from 'vitest';
import type { ServerEvent, ServerEventData, ServerEventType } from '../../../src/server/protocol.js';
import { cleared, ended, fold, MAX_ROWS, notice, recalled, typed } from './fold.js';
import { emptyView, type Row, type View } from './rows.js';

type Short = { [T in ServerEventType]: [T, ServerEventData[T]] }[ServerEventType];
const after = (events: Short[], view: View = emptyView): View =>
  events.reduce((v, [type, data]) => fold(v, { type, data, ts: 0, session: 's' } as ServerEvent), view);
const lines = (view: View) =>
  view.rows.map((row: Row) =>
    'text' in row ? `${row.kind}: ${row.text}` : row.kind === 'tool' ? `tool: ${row.tool} ${row.status}` : row.kind,
  );
const TURN: ServerEventData['turn'] = {
  type: 'turn',
  session: 's',
  turn: 1,
  kind: 'voice',
  ts: '',
  transcript: '',
  answer: '',
  interrupted: false,
  source: 'reflex',
  actions: [],
  ms: { endpoint: 1, stt: 1, mind: 1, tts: 1, playout: 1, voice_to_voice: 5 },
};

describe('what the user says', () => {
  it('settles in place from partial to final', () => {
    const view = after([
      ['transcript.partial', { turn: 1, text: 'what' }],
      ['transcript.partial', { turn: 1, text: 'what time' }],
    ]);
    expect(view.rows).toMatchObject([{ kind: 'user', text: 'what time', final: false }]);
    const done = after([['transcript.final', { turn: 1, text: 'what time is it' }]], view);
    expect(done.rows).toMatchObject([{ key: view.rows[0]?.key, text: 'what time is it', final: true }]);
  });

  it('is read out when it is final, never before', () => {
    const view = after([['transcript.partial', { turn: 1, text: 'what' }]]);
    expect(view.spoken).toEqual([]);
    expect(after([['transcript.final', { turn: 1, text: 'what time' }]], view).spoken).toMatchObject([
      { text: 'what time' },
    ]);
  });

  it('goes away when nothing came of it', () => {
    const heard: Short = ['transcript.partial', { turn: 1, text: 'hm' }];
    expect(lines(after([heard, ['state', { state: 'idle' }]]))).toEqual([]);
    expect(lines(after([heard, ['transcript.final', { turn: 1, text: '' }]]))).toEqual([]);
  });

  it('appears once when typed, though the server confirms it', () => {
    const view = after([['transcript.final', { turn: 4, text: 'hello' }]], typed(emptyView, 'hello'));
    expect(view.rows).toMatchObject([{ kind: 'user', text: 'hello', turn: 4 }]);
  });

  it('appears twice when the same was typed twice', () => {
    const twice = typed(after([['transcript.final', { turn: 1, text: 'hello' }]], typed(emptyView, 'hello')), 'hello');
    expect(after([['transcript.final', { turn: 2, text: 'hello' }]], twice).rows).toMatchObject([
      { turn: 1 },
      { turn: 2 },
    ]);
  });
});

describe('what the bot says', () => {
  const growing = after([
    ['token', { turn: 1, delta: 'It is **ten**. ' }],
    ['token', { turn: 1, delta: 'Good night.' }],
    ['caption', { turn: 1, text: 'It is ten.', from: 0, to: 1600 }],
  ]);

  it('ties captions to the generated text and keeps the rest ahead', () => {
    expect(growing.rows).toMatchObject([
      { kind: 'bot', segments: [{ text: 'It is **ten**. ', from: 0, to: 1600 }], covered: 15, final: false },
    ]);
  });

  it('is what the answer says in the end', () => {
    const view = after([['answer', { turn: 1, text: 'It is ten.', interrupted: true }]], growing);
    expect(view.rows).toMatchObject([
      { kind: 'bot', text: 'It is ten.', segments: [], final: true, interrupted: true },
    ]);
    expect(view.spoken.at(-1)?.text).toContain('interrupted');
  });

  it('shows captions that come without tokens', () => {
    const view = after([['caption', { turn: 2, text: 'Your timer is due.', from: 0, to: 99 }]]);
    expect(view.rows).toMatchObject([{ kind: 'bot', segments: [{ text: 'Your timer is due. ' }] }]);
  });

  it('leaves no line for an answer of which nothing was heard', () => {
    expect(lines(after([['answer', { turn: 1, text: '', interrupted: true }]]))).toEqual([]);
  });
});

describe('tools', () => {
  const args = { seconds: 60 };
  const call: Short = ['tool.call', { turn: 1, tool: 'timer.set', args }];
  const result = (ok: boolean): Short => ['tool.result', { turn: 1, tool: 'timer.set', args, ok, output: '' }];

  it('turn from running to done or failed', () => {
    expect(lines(after([call]))).toEqual(['tool: timer.set running']);
    expect(lines(after([call, result(true)]))).toEqual(['tool: timer.set ok']);
    expect(lines(after([call, result(false)]))).toEqual(['tool: timer.set failed']);
  });

  it('keep two calls of the same tool apart', () => {
    expect(lines(after([call, call, result(true), result(false)]))).toEqual([
      'tool: timer.set ok',
      'tool: timer.set failed',
    ]);
  });
});

describe('what an answer used', () => {
  it('is a row of its own, before the answer; nothing is none', () => {
    const view = after([
      ['memories', { turn: 1, ids: [7, 3] }],
      ['token', { turn: 1, delta: 'In Graz.' }],
      ['memories', { turn: 2, ids: [] }],
    ]);
    expect(view.rows.map(({ kind }) => kind)).toEqual(['memories', 'bot']);
    expect(view.rows[0]).toMatchObject({ turn: 1, ids: [7, 3] });
  });
});

describe('what was said before', () => {
  const past = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      id: i + 1,
      ts: '',
      session: 'old',
      role: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
      text: `line ${i + 1}`,
    }));

  it('stands above the present, and is not read out', () => {
    const view = recalled(typed(emptyView, 'hello'), past(2));
    expect(lines(view)).toEqual(['user: line 1', 'bot: line 2', expect.stringContaining('before'), 'user: hello']);
    expect(view.spoken).toEqual([]);
  });

  it('is not taken for what is said now', () => {
    const view = after([['transcript.final', { turn: 1, text: 'line 1' }]], recalled(emptyView, past(1)));
    expect(lines(view)).toEqual(['user: line 1', expect.stringContaining('before'), 'user: line 1']);
  });

  it('is its newest hundred lines, and nothing where there was nothing', () => {
    expect(recalled(emptyView, past(300)).rows).toHaveLength(101);
    expect(recalled(emptyView, past(300)).rows[0]).toMatchObject({ text: 'line 201' });
    expect(recalled(emptyView, [])).toBe(emptyView);
  });
});

describe('the view', () => {
  it('keeps the last error until a turn goes well', () => {
    const bad = after([['error', { code: 'TWIN_X', message: 'No.', next: 'Wait.' }]]);
    expect(bad.fault?.message).toBe('No.');
    expect(lines(bad)).toEqual(['notice: No. Wait.']);
    expect(after([['turn', { ...TURN, source: 'apology' }]], bad).fault).not.toBeNull();
    expect(after([['turn', TURN]], bad).fault).toBeNull();
  });

  it('takes new settings into what the server said first', () => {
    const hello: ServerEventData['hello'] = {
      version: '1',
      vad: { threshold: 0.5, negThreshold: 0.3, minSpeechMs: 1, redemptionMs: 1, prerollMs: 1 },
      voice: { name: 'a', rate: 100, volume: 50 },
      voices: ['a'],
      authDisabled: false,
    };
    const view = after([
      ['hello', hello],
      ['settings', { vad: hello.vad, voice: { ...hello.voice, rate: 200 } }],
    ]);
    expect(view.hello).toEqual({ ...hello, voice: { name: 'a', rate: 200, volume: 50 } });
  });

  it('bounds a long conversation', () => {
    let view = emptyView;
    for (let i = 0; i < MAX_ROWS + 50; i++) view = notice(view, `line ${i}`);
    expect(view.rows).toHaveLength(MAX_ROWS);
    expect(new Set(view.rows.map(({ key }) => key)).size).toBe(MAX_ROWS);
    expect(view.spoken.length).toBeLessThan(10);
  });

  it('closes what was open when the session is lost', () => {
    const view = ended(
      after([
        ['transcript.partial', { turn: 2, text: 'and' }],
        ['token', { turn: 1, delta: 'It' }],
        ['tool.call', { turn: 1, tool: 'a.b', args: {} }],
        ['state', { state: 'speaking' }],
      ]),
    );
    expect(view.agent).toBe('idle');
    expect(view.rows).toMatchObject([
      { kind: 'bot', final: true, interrupted: true },
      { kind: 'tool', status: 'failed' },
    ]);
  });

  it('is not touched by events of the sound', () => {
    expect(
      after([
        ['audio.hold', { turn: 1 }],
        ['audio.flush', { turn: 1 }],
        ['vad', { probability: 1 }],
      ]),
    ).toBe(emptyView);
  });

  it('can be cleared without losing the state', () => {
    const view = cleared(
      after([
        ['state', { state: 'thinking' }],
        ['transcript.final', { turn: 1, text: 'x' }],
      ]),
    );
    expect(view).toMatchObject({ rows: [], agent: 'thinking' });
  });

  it('keeps turns of different sessions apart', () => {
    const first = after([['answer', { turn: 1, text: 'one', interrupted: false }]]);
    const event = { type: 'answer', ts: 0, session: 't', data: { turn: 1, text: 'two', interrupted: false } } as const;
    expect(lines(fold(first, event))).toEqual(['bot: one', 'bot: two']);
  });
});
