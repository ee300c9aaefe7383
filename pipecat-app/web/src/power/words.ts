import type { PowerMoment, PowerServiceView, PowerSpan } from '../../../src/server/power-protocol.js';

/** A state as people read it, and the tile that has its colour; the sign is for the eye only. */
export const STATE: Record<PowerMoment, { word: string; sign: string; tile: string }> = {
  awake: { word: 'Awake', sign: '●', tile: 'awake' },
  waking: { word: 'Waking', sign: '…', tile: 'loading' },
  asleep: { word: 'Asleep', sign: '☾', tile: 'asleep' },
  off: { word: 'Off', sign: '○', tile: 'asleep' },
  silent: { word: 'Silent', sign: '?', tile: 'degraded' },
};

/** `45 s`, `30 min`, `2 h 5 min`: as exact as it matters. */
export function lasting(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 120) return `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

export const energy = (wh: number): string =>
  `${wh < 10 ? wh.toFixed(2) : wh < 100 ? wh.toFixed(1) : Math.round(wh)} Wh`;

/** After how long it sleeps, and who says so. */
export function thresholdText({ idle_seconds: seconds, own_threshold: own, may_sleep }: PowerServiceView): string {
  if (!may_sleep) return 'never: its policy keeps it awake';
  if (seconds === null) return 'not known without a power agent';
  const time = seconds === 0 ? 'never' : `${lasting(seconds)} without work`;
  return own ? time : `${time}, like all`;
}

/** Watt-hours of one answer; empty before the first. */
export const perAnswer = ({ wh, answers }: Pick<PowerServiceView, 'wh' | 'answers'>): string =>
  answers === null || answers === 0 ? '' : `${energy(wh / answers)}, of ${answers} today`;

/** `awake 5 h, asleep 1 h`: how long it was how since `from`, for those who do not see the timeline. */
export function spansText(spans: readonly PowerSpan[], from: number): string {
  const times = (Object.keys(STATE) as PowerMoment[]).map((state) => {
    const its = spans.filter((span) => span.state === state);
    return { state, ms: its.reduce((sum, span) => sum + Math.max(0, span.to - Math.max(from, span.from)), 0) };
  });
  const told = times
    .filter(({ ms }) => ms > 0)
    .map(({ state, ms }) => `${STATE[state].word.toLowerCase()} ${lasting(ms / 1000)}`);
  return told.join(', ') || 'nothing is known';
}

/** `14:05` by the browser's clock; with the seconds where asked. */
export const clockText = (at: number, seconds = false): string =>
  new Date(at).toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds && { second: '2-digit' }),
    hour12: false,
  });
