import { useEffect, useRef } from 'preact/hooks';
import type { PlanAnswer } from '../../../src/server/cluster-protocol.js';
import { Diff } from '../style/diff.js';
import { Words } from '../style/words.js';
import type { Planning } from './use-plan.js';

type Props = {
  planning: Planning;
  action: string;
  danger?: boolean;
  onBack?: () => void;
  onRun: (plan: PlanAnswer) => void;
};

/** What would happen, and the button that makes it happen. */
export function PlanView({ planning, action, danger = false, onBack, onRun }: Props) {
  const head = useRef<HTMLHeadingElement>(null);
  const plan = planning.plan.value;
  // The form is gone, so whoever uses the keyboard goes on at what took its place.
  useEffect(() => head.current?.focus(), []);
  if (!plan) return null;
  return (
    <section class="plan">
      <h3 ref={head} tabIndex={-1}>
        {plan.changes ? `What would change in ${plan.job}` : `Nothing would change in ${plan.job}`}
      </h3>
      {plan.effects.map((effect) => (
        <p key={effect}>{effect}</p>
      ))}
      {plan.warnings.map((warning) => (
        <p key={warning} class="plan-warning">
          <b>Warning:</b> {warning}
        </p>
      ))}
      {plan.diff.length > 0 && <Diff lines={plan.diff} />}
      <div class="plan-tools">
        {onBack && (
          <button type="button" onClick={onBack}>
            Back
          </button>
        )}
        <button
          type="button"
          class={danger ? 'danger' : 'primary'}
          disabled={planning.busy.value}
          onClick={() => onRun(plan)}
        >
          {action}
        </button>
      </div>
    </section>
  );
}

/** Why it did not work, in words. */
export function PlanProblem({ planning }: { planning: Planning }) {
  const problem = planning.problem.value;
  return problem ? (
    <p class="bad-text" role="alert">
      <b>{problem.what}</b> <Words text={problem.next} />
    </p>
  ) : null;
}
