import type { ScriptedSession } from './scripted-session.js';

/** `ms` milliseconds of a voice-like sound: a tone that swells and fades as syllables do. */
function hum(ms: number): Int16Array {
  const samples = new Int16Array(ms * 16);
  for (let i = 0; i < samples.length; i++) {
    const syllable = Math.abs(Math.sin((Math.PI * i) / 3200));
    samples[i] = 9000 * syllable * Math.sin((2 * Math.PI * 180 * i) / 16000);
  }
  return samples;
}

const TIMING = { endpoint: 310, stt: 40, mind: 12, tts: 85, playout: 120, voice_to_voice: 567 };

type Exchange = {
  said: string;
  answer: string;
  tool?: { name: string; args: Record<string, unknown>; ok: boolean; output: string };
};

export const EXCHANGES: Exchange[] = [
  {
    said: 'set a timer for five minutes',
    answer: 'Timer set for five minutes.',
    tool: { name: 'timer.set', args: { seconds: 300 }, ok: true, output: 'timer 1 is due at 14:32' },
  },
  {
    said: 'why is the sky blue',
    answer:
      'Air scatters short wavelengths more than long ones, and blue is short, so blue light reaches you from everywhere.',
  },
  {
    said: 'turn on the light in the workshop',
    answer: 'I cannot reach the lights: nobody has told me the address of Home Assistant.',
    tool: {
      name: 'ha.call',
      args: { entity: 'light.workshop', service: 'turn_on' },
      ok: false,
      output: 'HA_URL is not set',
    },
  },
];

/** Plays whole, silent turns into the page, numbered from `first`. */
export function converse(session: ScriptedSession, exchanges: Exchange[], first = 1): void {
  exchanges.forEach(({ said, answer, tool }, i) => {
    const turn = first + i;
    session.send('transcript.final', { turn, text: said });
    if (tool) {
      session.send('tool.call', { turn, tool: tool.name, args: tool.args });
      session.send('tool.result', { turn, tool: tool.name, args: tool.args, ok: tool.ok, output: tool.output });
    }
    session.send('token', { turn, delta: answer });
    session.send('answer', { turn, text: answer, interrupted: false });
    session.send('turn', {
      type: 'turn',
      session: 's',
      turn,
      kind: 'voice',
      ts: '2030-01-01T14:27:00.000Z',
      transcript: said,
      answer,
      interrupted: false,
      source: tool ? 'reflex' : 'model',
      actions: tool ? [{ tool: tool.name, args: tool.args, ok: tool.ok }] : [],
      ms: tool ? TIMING : { ...TIMING, mind: 640, voice_to_voice: 1195 },
    });
  });
}

/** An answer that is being spoken: `clauses` are captioned one after the other, each 1.5 s long. */
export function speak(session: ScriptedSession, turn: number, clauses: string[]): void {
  const each = 24_000;
  session.send('state', { state: 'speaking' });
  clauses.forEach((text, i) => {
    session.send('token', { turn, delta: i === 0 ? text : ` ${text}` });
    session.send('caption', { turn, text, from: i * each, to: (i + 1) * each });
    session.audio(turn, i * each, hum(1500));
  });
  session.send('audio.end', { turn, samples: clauses.length * each });
}
