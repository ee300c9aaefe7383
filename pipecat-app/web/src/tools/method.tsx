import type { MethodView } from '../../../src/server/tool-protocol.js';
import { RiskWord } from '../approvals/request-view.js';
import { Words } from '../style/words.js';
import { parametersOf } from './parameters.js';
import { PolicyForm } from './policy-form.js';
import type { ToolStore } from './store.js';
import { ROLES, ruleText } from './words.js';

type Props = { method: MethodView; off: boolean; store: ToolStore; admin: boolean };

/** One method: what it does, with which arguments, how one asks for it, and who may. `off`: say it when it is missing. */
export function Method({ method, off, store, admin }: Props) {
  const { name, description, risk, spoken, missing, args, examples, policy } = method;
  const parameters = parametersOf(args);
  return (
    <li class="method">
      <h4>
        <code>{name}</code> <RiskWord risk={risk} />
      </h4>
      <p>{description}</p>
      {off && missing && (
        <p>
          <b>{missing.reason}</b> <Words text={missing.next} />
        </p>
      )}
      {spoken && <p class="note">A spoken “yes” is enough to approve it.</p>}
      {parameters.length === 0 ? (
        <p class="note">No arguments.</p>
      ) : (
        <dl aria-label={`Arguments of ${name}`}>
          {parameters.map((one) => (
            <div key={one.name}>
              <dt>
                <code>{one.name}</code>
              </dt>
              <dd>
                {one.type}
                {one.required ? ', required' : ''}
                {one.description && `: ${one.description}`}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {examples.length > 0 && (
        <p>
          Say:
          {examples.slice(0, 3).map((example) => (
            <span key={example}>
              {' '}
              <q>{example}</q>
            </span>
          ))}
        </p>
      )}
      {admin ? (
        <PolicyForm method={method} store={store} />
      ) : (
        <dl aria-label={`Who may use ${name}`}>
          {ROLES.map((role) => (
            <div key={role}>
              <dt>{role}</dt>
              <dd>{ruleText(policy[role])}</dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}
