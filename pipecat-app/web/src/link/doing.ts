import { batch, type Signal, signal } from '@preact/signals';
import type { Problem } from '../audio/problem.js';
import { ask } from './ask.js';

/** What a person does on a page: who waits for an answer, what did not work, and what was done. */
export class Doing {
  /** What did not work last. */
  readonly problem: Signal<Problem | null> = signal(null);
  /** What was done last, for people who do not see it. */
  readonly done = signal('');
  /** What waits for an answer of the agent, which may wait for somebody's consent. */
  readonly waiting: Signal<ReadonlySet<string>> = signal(new Set());

  /** Asks the agent about `what`; resolves with whether it was done. */
  async run(what: string, path: string, body: object, method: string, done: string): Promise<boolean> {
    this.waiting.value = new Set([...this.waiting.value, what]);
    const answer = await ask<{ words: string }>(path, body, method);
    batch(() => {
      this.waiting.value = new Set([...this.waiting.value].filter((one) => one !== what));
      this.problem.value = 'problem' in answer ? answer.problem : null;
      this.done.value = 'problem' in answer ? '' : done;
    });
    return 'value' in answer;
  }
}
