import { z } from 'zod';
import { confusion } from '../mind/reflex/sounds.js';
import { sayDuration } from './say-duration.js';
import type { StoredTimer } from './timer-store.js';
import { nameOf, type Timers } from './timers.js';
import type { Tool, ToolResult } from './tool.js';

const LONGEST_S = 7 * 86_400;
const MOST_TIMERS = 50;
/** Highest cost of hearing one name for another. */
const ALIKE_COST = 0.7;
const name = z.string().trim().max(40).optional();

const setArgs = z
  .strictObject({
    seconds: z.number().int().min(1).max(LONGEST_S).optional(),
    /** A bare number, taken as minutes. */
    minutes: z
      .number()
      .positive()
      .max(LONGEST_S / 60)
      .optional(),
    /** Next time that the clock shows this; without `meridiem` and with an hour up to 12, whichever half of the day is next. */
    at: z
      .strictObject({
        hour: z.number().int().min(0).max(23),
        minute: z.number().int().min(0).max(59),
        meridiem: z.enum(['am', 'pm']).optional(),
      })
      .optional(),
    name,
  })
  .refine((a) => [a.seconds, a.minutes, a.at].filter((v) => v !== undefined).length === 1, {
    message: 'say one duration or one time',
  });
const selectArgs = z.strictObject({ name, seconds: z.number().optional(), all: z.boolean().optional() });
const listArgs = z.strictObject({ name });

const done = (output: string): ToolResult => ({ ok: true, output });
const refused = (output: string, error: string): ToolResult => ({ ok: false, output, error });

/** Sets, lists and cancels timers. */
export const timerTool = (timers: Timers): Tool => ({
  name: 'timer',
  description: 'Timers that speak when they are due.',
  methods: {
    set: {
      description: 'Sets a timer for a duration, or an alarm for a time of day.',
      args: setArgs,
      sample: { say: 'Set a timer for five minutes.', args: { seconds: 300 } },
      risk: 'write',
      run: (args: z.infer<typeof setArgs>, { controls }) => {
        if (timers.list().length >= MOST_TIMERS)
          return refused(`There are ${MOST_TIMERS} timers already.`, 'TWIN_TIMERS_FULL');
        const now = timers.now();
        const seconds = args.seconds ?? Math.round((args.minutes ?? 0) * 60);
        const due = args.at ? nextAt(args.at, now) : now + seconds * 1000;
        const timer = timers.set({ session: controls.session, name: args.name ?? '', seconds, due });
        const title = timer.name === '' ? (args.at ? 'Alarm' : 'Timer') : `${capital(timer.name)} timer`;
        return done(args.at ? `${title} set for ${clockTime(due)}.` : `${title} set for ${sayDuration(seconds)}.`);
      },
    },
    list: {
      description: 'Tells which timers run and how much time is left.',
      args: listArgs,
      sample: { say: 'Which timers are running?', args: {} },
      risk: 'read',
      run: (args: z.infer<typeof listArgs>) => {
        const chosen = args.name === undefined ? timers.list() : called(args.name, timers.list());
        if (chosen.length === 0)
          return done(args.name === undefined ? 'There are no timers.' : `There is no ${args.name} timer.`);
        const said = chosen.map((timer) => `${left(timer, timers.now())} on the ${nameOf(timer)}`);
        if (said.length === 1) return done(`${said[0]}.`);
        return done(`There are ${said.length} timers: ${said.slice(0, -1).join(', ')} and ${said.at(-1)}.`);
      },
    },
    cancel: {
      description: 'Cancels one timer by name or duration, the only one, or all.',
      args: selectArgs,
      sample: { say: 'Cancel the pasta timer.', args: { name: 'pasta' } },
      risk: 'write',
      run: (args: z.infer<typeof selectArgs>) => {
        const running = timers.list();
        if (running.length === 0) return done('There are no timers.');
        const chosen = (args.name === undefined ? running : called(args.name, running)).filter(
          (timer) => args.seconds === undefined || timer.seconds === args.seconds,
        );
        const named = args.name !== undefined || args.seconds !== undefined;
        const [first] = chosen;
        if (first === undefined)
          return refused(`There is no such timer. Running: ${running.map(nameOf).join(', ')}.`, 'TWIN_TIMER_UNKNOWN');
        if (chosen.length > 1 && !named && args.all !== true) {
          return refused(
            `Which one? There are ${chosen.map((timer) => `the ${nameOf(timer)}`).join(' and ')}.`,
            'TWIN_TIMER_WHICH',
          );
        }
        timers.cancel(new Set(chosen.map((timer) => timer.id)));
        return done(
          chosen.length === 1 ? `${capital(nameOf(first))} cancelled.` : `${chosen.length} timers cancelled.`,
        );
      },
    },
  },
});

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Timers with this name; when there are none, those whose name an ear may have heard for it. */
function called(name: string, timers: readonly StoredTimer[]): readonly StoredTimer[] {
  const wanted = name.toLowerCase();
  const exactly = timers.filter((timer) => timer.name.toLowerCase() === wanted);
  if (exactly.length > 0) return exactly;
  const joined = (said: string): string => said.toLowerCase().replaceAll(' ', '');
  return timers.filter((timer) => timer.name !== '' && confusion(joined(timer.name), joined(name)) <= ALIKE_COST);
}

const left = (timer: StoredTimer, now: number): string =>
  timer.due <= now ? '0 seconds left' : `${sayDuration(Math.ceil((timer.due - now) / 1000), 2)} left`;
const clockTime = (ms: number): string =>
  new Intl.DateTimeFormat('en-US', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms);

/** The next instant, ms since 1970, at which a local clock shows this time. */
export function nextAt(at: { hour: number; minute: number; meridiem?: 'am' | 'pm' | undefined }, now: number): number {
  const ambiguous = at.meridiem === undefined && at.hour >= 1 && at.hour <= 12;
  const hour = at.meridiem === undefined ? at.hour : (at.hour % 12) + (at.meridiem === 'pm' ? 12 : 0);
  const candidates: number[] = [];
  for (const day of [0, 1]) {
    for (const h of ambiguous ? [at.hour % 12, (at.hour % 12) + 12] : [hour]) {
      const date = new Date(now);
      date.setDate(date.getDate() + day);
      date.setHours(h, at.minute, 0, 0);
      if (date.getTime() > now) candidates.push(date.getTime());
    }
  }
  return Math.min(...candidates);
}
