import type { VadKnobs } from '../../ears/vad.js';
import type { Controls } from '../tool.js';

/** Settings of the running agent that no session owns. */
export type AgentSettings = {
  vad(): VadKnobs;
  /** For sessions that begin from now on. */
  setVad(knobs: VadKnobs): void;
  setLogLevel(level: string): void;
};

type Setting = { is: string; set(value: string, controls: Controls, settings: AgentSettings): string | undefined };

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const FRACTION = { least: 0.01, most: 0.99 };
const MS = { least: 0, most: 30_000 };

/** Every option that `mcp.set` knows, with what it takes. `set` says what was wrong, or nothing. */
export const OPTIONS: Readonly<Record<string, Setting>> = {
  volume: {
    is: 'a percentage from 0 to 100',
    set: (value, controls) => withNumber(value, { least: 0, most: 100 }, (n) => controls.setVolume(n)),
  },
  rate: {
    is: 'words per minute from 80 to 400',
    set: (value, controls) => withNumber(value, { least: 80, most: 400 }, (rate) => controls.setVoice({ rate })),
  },
  voice: {
    is: 'the name of a voice',
    set(value, controls) {
      const name = controls.voices().find((voice) => voice.toLowerCase() === value.trim().toLowerCase());
      if (name === undefined) return 'there is no such voice';
      controls.setVoice({ name });
      return undefined;
    },
  },
  vad_threshold: knob('threshold', FRACTION),
  vad_neg_threshold: knob('negThreshold', FRACTION),
  vad_min_speech_ms: knob('minSpeechMs', MS),
  vad_redemption_ms: knob('redemptionMs', MS),
  vad_preroll_ms: knob('prerollMs', MS),
  log_level: {
    is: `one of ${LEVELS.join(', ')}`,
    set(value, _, settings) {
      if (!LEVELS.includes(value)) return `it is ${OPTIONS.log_level?.is}`;
      settings.setLogLevel(value);
      return undefined;
    },
  },
};

function knob(name: keyof VadKnobs, range: { least: number; most: number }): Setting {
  return {
    is: `a number from ${range.least} to ${range.most}, for conversations that begin from now on`,
    set(value, _, settings) {
      const next = { ...settings.vad() };
      const wrong = withNumber(value, range, (n) => {
        next[name] = n;
      });
      if (wrong !== undefined) return wrong;
      if (next.negThreshold > next.threshold) return 'vad_neg_threshold must not be above vad_threshold';
      settings.setVad(next);
      return undefined;
    },
  };
}

function withNumber(
  value: string,
  { least, most }: { least: number; most: number },
  set: (n: number) => void,
): string | undefined {
  const n = Number(value.replace(/\s*(%|percent|ms)$/i, ''));
  if (value.trim() === '' || !Number.isFinite(n) || n < least || n > most)
    return `it is a number from ${least} to ${most}`;
  set(n);
  return undefined;
}
