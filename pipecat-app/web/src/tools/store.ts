import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { RulesChange, ToolView } from '../../../src/server/tool-protocol.js';
import type { Problem } from '../audio/problem.js';
import { ask } from '../link/ask.js';

export type Which = 'all' | 'usable' | 'missing';

/** What the page *Tools* is drawn from. */
export class ToolStore {
  /** Null before the first answer. */
  readonly tools: Signal<readonly ToolView[] | null> = signal(null);
  readonly words = signal('');
  readonly which: Signal<Which> = signal('all');
  readonly problem: Signal<Problem | null> = signal(null);
  /** What was done last, for people who do not see it. */
  readonly done = signal('');
  readonly found: ReadonlySignal<readonly ToolView[]> = computed(() =>
    (this.tools.value ?? []).filter((tool) => fits(tool, this.words.value, this.which.value)),
  );
  #asking = 0;

  /** Asks now; an answer that is overtaken by a newer question is dropped. */
  async look(): Promise<void> {
    const mine = ++this.#asking;
    const answer = await ask<{ tools: ToolView[] }>('/api/tools');
    if (mine !== this.#asking) return;
    batch(() => {
      if ('problem' in answer) this.problem.value = answer.problem;
      else this.tools.value = answer.value.tools;
    });
  }

  /** Changes rules of a method. Resolves with whether it was done. */
  async rule(method: string, change: RulesChange): Promise<boolean> {
    const answer = await ask(`/api/policy/${encodeURIComponent(method)}`, change, 'PUT');
    batch(() => {
      this.problem.value = 'problem' in answer ? answer.problem : null;
      if ('value' in answer) this.done.value = `The policy for ${method} is saved.`;
    });
    if ('problem' in answer) return false;
    await this.look();
    return true;
  }
}

/** Whether a tool is wanted: every word is somewhere in it or its methods. */
export function fits({ name, description, missing, methods }: ToolView, words: string, which: Which): boolean {
  if (which !== 'all' && (which === 'usable') !== (missing === null)) return false;
  const text = [name, description, ...methods.flatMap((one) => [one.name, one.description, ...one.examples])]
    .join(' ')
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
