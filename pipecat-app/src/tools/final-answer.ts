import { z } from 'zod';
import type { Tool } from './tool.js';

const words = z.string().trim().min(1).max(4000);

/** Gives the answer; for models that end their work with a call. */
export const finalAnswerTool = (): Tool => ({
  name: 'final_answer',
  description: 'Ends the work with an answer.',
  methods: {
    submit_task: {
      description: 'Ends the work; the summary is said to the person.',
      args: z.strictObject({ summary: words }),
      risk: 'read',
      run: ({ summary }: { summary: string }) => ({ ok: true, output: summary }),
    },
    answer: {
      description: 'Ends the work; the text is said to the person.',
      args: z.strictObject({ text: words }),
      risk: 'read',
      run: ({ text }: { text: string }) => ({ ok: true, output: text }),
    },
  },
});
