import { z } from 'zod';
import { sayDuration } from './say-duration.js';
import type { Tool } from './tool.js';

/** One part of the agent, in words that can be spoken: `The language model is not there yet.` */
export type PartReport = { name: string; ok: boolean; detail: string };

/** Says how the agent is: what works, what does not, and for how long it has been running. */
export const statusTool = (parts: { startedAt: number; report: () => readonly PartReport[] }): Tool => ({
  name: 'status',
  description: "The agent's own state.",
  methods: {
    report: {
      description: 'Says which parts work.',
      args: z.strictObject({}),
      risk: 'read',
      run: (_: never, { now }) => {
        const broken = parts.report().filter((part) => !part.ok);
        const running = sayDuration(Math.max(1, (now() - parts.startedAt) / 1000), 1);
        if (broken.length === 0)
          return { ok: true, output: `I am fine. Everything works, and I have been running for ${running}.` };
        const list = broken.map((part) => `${part.name}: ${part.detail}`.replace(/[.\s]*$/, '.')).join(' ');
        return { ok: true, output: `Not everything works. ${list}` };
      },
    },
  },
});
