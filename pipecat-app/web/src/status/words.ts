import type { Health } from '../../../src/server/protocol.js';
import type { LinkState } from '../link/link.js';

export type Tone = 'good' | 'wait' | 'bad';
export type Word = { tone: Tone; text: string; detail: string };

/** The connection in words. */
export function linkWord(link: LinkState): Word {
  switch (link.is) {
    case 'open':
      return { tone: 'good', text: 'Connected', detail: '' };
    case 'connecting':
      return { tone: 'wait', text: 'Connecting…', detail: '' };
    case 'signed-out':
      return { tone: 'bad', text: 'Not signed in', detail: '' };
    case 'looking':
      return { tone: 'wait', text: 'Looking only', detail: 'Talking needs the role operator.' };
    case 'lost':
      return {
        tone: 'bad',
        text: `Connection lost, next try in ${Math.max(1, Math.round(link.inMs / 1000))} s`,
        detail: '',
      };
  }
}

/** Names that a person knows for the parts that the server reports. */
const PART_NAMES: Record<string, string> = {
  vad: 'Voice detection',
  ears: 'Ears',
  stt: 'Ears',
  mouth: 'Mouth',
  tts: 'Mouth',
  mind: 'Mind',
  llm: 'Language model',
  experts: 'Experts',
  cluster: 'Cluster',
  timers: 'Timers',
};

/** One word per part, in the server's order; a report that could not be had says so. */
export function partWords(health: Health | null): Word[] {
  if (!health) return [{ tone: 'wait', text: 'Health unknown', detail: '' }];
  const failing: Tone = health.status === 'starting' ? 'wait' : 'bad';
  return Object.entries(health.parts).map(([key, { ok, detail }]) => {
    const name = PART_NAMES[key] ?? key;
    if (ok) return { tone: 'good', text: `${name} ready`, detail: '' };
    return { tone: failing, text: failing === 'wait' ? `${name} starting` : `${name} not ready`, detail };
  });
}
