import { z } from 'zod';

/** A part of every day, in minutes since midnight of the node's own time; it may go over midnight. */
export type QuietHours = { from: number; to: number };

const HOURS = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;

/** `22:30-06:00`; empty for none. */
export const quietHours = z
  .string()
  .refine((text) => text === '' || HOURS.test(text), 'is no time such as 22:30-06:00')
  .transform((text): QuietHours | undefined => {
    const [, fromHour, fromMinute, toHour, toMinute] = (HOURS.exec(text) ?? []).map(Number);
    if (fromHour === undefined) return undefined;
    return { from: fromHour * 60 + (fromMinute ?? 0), to: (toHour ?? 0) * 60 + (toMinute ?? 0) };
  });

/** Whether a minute of the day is within them; the last one is not. */
export function isQuiet(hours: QuietHours | undefined, minute: number): boolean {
  if (hours === undefined || hours.from === hours.to) return false;
  const { from, to } = hours;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** `22:30-06:00`; empty for none. */
export function quietText(hours: QuietHours | undefined): string {
  if (hours === undefined) return '';
  const two = (value: number): string => `${value}`.padStart(2, '0');
  const time = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
  return `${time(hours.from)}-${time(hours.to)}`;
}
