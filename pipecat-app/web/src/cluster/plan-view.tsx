import { useEffect, useRef } from 'preact/hooks';
import type { DiffLine, PlanAnswer } from '../../../src/server/cluster-protocol.js';
import { Words } from '../style/words.js';
import type { Planning } from './use-plan.js';

const KIND: Record<DiffLine['sign'], string> = { '+': 'added', '-': 'removed', '~': 'changed', ' ': '' };

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

function Diff({ lines }: { lines: readonly DiffLine[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="diff" aria-label="Difference" tabIndex={0}>
      <ol>
        {lines.map(({ sign, depth, text }, at) => (
          // The lines of one plan never move.
          <li key={at} class={KIND[sign]} style={{ '--depth': depth }}>
            <span aria-hidden="true">{sign}</span>
            <span class="unseen">{KIND[sign]}</span> {text}
          </li>
        ))}
      </ol>
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
