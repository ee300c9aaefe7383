import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { MethodRules } from '../../../src/server/tool-protocol.js';
import type { Problem } from '../audio/problem.js';
import { ask } from '../link/ask.js';
import { hrefOf } from '../state/route.js';
import { Words } from '../style/words.js';
import { ROLES, RULE } from '../tools/words.js';
import { RiskWord } from './request-view.js';

type Answer = { policy: object | null; methods: MethodRules[] };

/** Every method with its risk, what holds for it by default, and what an administrator has changed. */
export function PolicyTable() {
  const answer = useSignal<Answer | null>(null);
  const problem = useSignal<Problem | null>(null);
  useEffect(() => {
    let current = true;
    void ask<Answer>('/api/policy').then((its) => {
      if (!current) return;
      if ('value' in its) answer.value = its.value;
      else problem.value = its.problem;
    });
    return () => {
      current = false;
    };
  }, []);
  return (
    <section aria-labelledby="policy">
      <h2 id="policy">Policy</h2>
      {problem.value && (
        <p class="cluster-note bad" role="alert">
          <b>{problem.value.what}</b> <Words text={problem.value.next} />
        </p>
      )}
      {answer.value?.policy === null && (
        <p class="cluster-note bad">
          <b>policy.json cannot be understood.</b> Until it is put right, only what reads is allowed.
        </p>
      )}
      <p class="note">
        Administrators change it on the page <a href={hrefOf('tools')}>Tools</a>.
      </p>
      {answer.value && answer.value.methods.length > 0 && <Table methods={answer.value.methods} />}
    </section>
  );
}

function Table({ methods }: { methods: readonly MethodRules[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="policy-scroll" aria-label="Policy by method" tabIndex={0}>
      <table class="policy">
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col">Risk</th>
            <th scope="col">By default</th>
            <th scope="col">Changed</th>
          </tr>
        </thead>
        <tbody>
          {methods.map(({ name, risk, policy }) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>
                <RiskWord risk={risk} />
              </td>
              <td>{ROLES.map((role) => `${role} ${RULE[policy[role].default]}`).join(', ')}</td>
              <td>{changedText(policy)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const changedText = (policy: MethodRules['policy']): string =>
  ROLES.filter((role) => policy[role].from !== 'default')
    .map((role) => `${role} ${RULE[policy[role].rule]}${policy[role].from === 'tool' ? ' (as its tool)' : ''}`)
    .join(', ') || '–';
