import { z } from 'zod';
import type { Tool } from './tool.js';

const nothing = z.strictObject({});

/** Tells the time and the date of this machine. */
export const clockTool = (options: { timeZone?: string; locale?: string } = {}): Tool => {
  const locale = options.locale ?? 'en-US';
  const zone = options.timeZone === undefined ? {} : { timeZone: options.timeZone };
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...zone });
  const date = new Intl.DateTimeFormat(locale, {
    weekday: 'long',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    ...zone,
  });
  return {
    name: 'clock',
    description: 'Time and date.',
    methods: {
      time: {
        description: 'The time of day.',
        args: nothing,
        sample: { say: 'What time is it?', args: {} },
        risk: 'read',
        run: (_: never, { now }) => ({ ok: true, output: `It is ${time.format(now())}.` }),
      },
      date: {
        description: 'The date and the day of the week.',
        args: nothing,
        sample: { say: 'What is the date today?', args: {} },
        risk: 'read',
        run: (_: never, { now }) => ({ ok: true, output: `Today is ${date.format(now())}.` }),
      },
    },
  };
};
