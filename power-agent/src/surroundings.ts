import type { Config } from './config.js';
import type { Surroundings } from './policy.js';
import { isQuiet } from './quiet-hours.js';

/** What another agent saw longer ago than this says nothing of now. */
const STALE_MS = 30_000;

/** What holds for all services: rules, time of day, energy. */
export function surroundings(config: Config, now: number, usedWattHours: number): Surroundings {
  return {
    now,
    quiet: isQuiet(config.POWER_QUIET_HOURS, minuteOfDay(now)),
    overBudget: config.POWER_BUDGET_WH > 0 && usedWattHours >= config.POWER_BUDGET_WH,
    rules: {
      minAwakeMs: config.POWER_MIN_AWAKE_SECONDS * 1000,
      sleepsPerHour: config.POWER_SLEEPS_PER_HOUR,
      staleMs: STALE_MS,
      hurriedIdleMs: config.POWER_HURRIED_IDLE_SECONDS * 1000,
    },
  };
}

/** `06:30`, by the node's own clock. */
export function timeOfDay(now: number): string {
  const minute = minuteOfDay(now);
  return `${`${Math.floor(minute / 60)}`.padStart(2, '0')}:${`${minute % 60}`.padStart(2, '0')}`;
}

function minuteOfDay(now: number): number {
  const time = new Date(now);
  return time.getHours() * 60 + time.getMinutes();
}
