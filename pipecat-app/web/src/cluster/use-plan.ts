import { type Signal, useSignal } from '@preact/signals';
import type { PlanAnswer, PlanRequest } from '../../../src/server/cluster-protocol.js';
import type { Problem } from '../audio/problem.js';
import { ask } from '../link/ask.js';
import type { ClusterStore } from './store.js';

/** A change on its way: asked for, shown, and then, with a second click, done. */
export type Planning = {
  plan: Signal<PlanAnswer | null>;
  problem: Signal<Problem | null>;
  busy: Signal<boolean>;
  show(request: PlanRequest): Promise<void>;
  /** Sends the change; `said` is what the page says when it is done. */
  carryOut(path: string, body: object, said: string): Promise<void>;
  /** Back to the form. */
  drop(): void;
};

export function usePlan(store: ClusterStore): Planning {
  const plan = useSignal<PlanAnswer | null>(null);
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  const during = async <T>(work: () => ReturnType<typeof ask<T>>): Promise<T | undefined> => {
    busy.value = true;
    const answer = await work();
    busy.value = false;
    problem.value = 'problem' in answer ? answer.problem : null;
    return 'value' in answer ? answer.value : undefined;
  };
  return {
    plan,
    problem,
    busy,
    async show(request) {
      plan.value = (await during(() => ask<PlanAnswer>('/api/jobs/plan', request))) ?? null;
    },
    async carryOut(path, body, said) {
      const done = await during(() => ask<object>(path, body));
      // What was shown is not what would happen any more, so it has to be planned again.
      if (done) store.changed(said);
      else plan.value = null;
    },
    drop() {
      plan.value = null;
    },
  };
}
