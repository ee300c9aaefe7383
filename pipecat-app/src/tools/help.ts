import { z } from 'zod';
import type { Tool } from './tool.js';

const nothing = z.strictObject({});

/** Says what the agent can do and who it is. */
export const helpTool = (): Tool => ({
  name: 'help',
  description: 'What the agent can do.',
  methods: {
    capabilities: {
      description: 'Says what one can ask for.',
      args: nothing,
      risk: 'read',
      run: () => ({
        ok: true,
        output:
          'I can tell the time and the date, set timers and alarms, change my voice and my volume, say how I am doing, ' +
          'and answer questions. For example, say: set a timer for five minutes.',
      }),
    },
    identity: {
      description: 'Says who the agent is.',
      args: nothing,
      risk: 'read',
      run: () => ({ ok: true, output: 'I am Twin, a voice assistant that runs on your own computers.' }),
    },
  },
});
