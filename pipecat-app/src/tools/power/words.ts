import { idleKey, parsed, powerStates } from '@twin/hashi/power/power-kv.js';
import { powerReport } from '@twin/hashi/power/power-report.js';
import { EXPERT_SERVICES } from '@twin/hashi/power/sleepable.js';
import { sayDuration } from '../say-duration.js';

type Entry = { key: string; value: string };

/** `llama-api-coding` is *The coding expert*; other services keep their names. */
export const called = (service: string, the = 'The'): string =>
  service.startsWith(EXPERT_SERVICES) ? `${the} ${service.slice(EXPERT_SERVICES.length)} expert` : service;

export const idleWords = (service: string, seconds: number): string =>
  seconds === 0
    ? `${called(service)} never sleeps.`
    : `${called(service)} sleeps after ${sayDuration(seconds)} without work.`;

/** Who sleeps, and after how long others would. @param entries below `pipecat/power/` */
export function statusWords(entries: readonly Entry[], now: number): string {
  const asleep = [...powerStates(entries)]
    .filter(([, { state }]) => state === 'asleep')
    .map(([service, { at }]) => asleepWords(service, at, now));
  const idle = entries.flatMap(({ key, value }) => {
    const service = /^pipecat\/power\/([^/]+)\/idle_seconds$/.exec(key)?.[1];
    return service === undefined ? [] : [idleWords(service, Number(value) || 0)];
  });
  return [...(asleep.length === 0 ? ['Nothing sleeps.'] : asleep), ...idle].join(' ');
}

/** Whether one service sleeps, and why. @param reports what power agents tell */
export function oneStatus(service: string, entries: readonly Entry[], reports: readonly Entry[], now: number): string {
  const kept = powerStates(entries).get(service);
  const state = kept?.state ?? 'awake';
  if (kept?.state === 'asleep') return asleepWords(service, kept.at, now);
  if (kept?.state === 'waking') return `${called(service)} is waking up.`;
  const verdicts = reports.flatMap(({ value }) => powerReport.safeParse(parsed(value)).data?.services ?? []);
  const reason = verdicts.find((one) => one.service === service && one.state === state)?.reason;
  const idle = entries.find(({ key }) => key === idleKey(service));
  const words = reason === undefined ? `${called(service)} is awake.` : `${called(service)} is awake: ${reason}.`;
  return idle === undefined ? words : `${words} ${idleWords(service, Number(idle.value) || 0)}`;
}

const asleepWords = (service: string, at: number, now: number): string =>
  `${called(service)} has been asleep for ${sayDuration(Math.max(1, (now - at) / 1000), 1)}.`;
