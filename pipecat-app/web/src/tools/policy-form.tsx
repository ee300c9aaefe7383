import { useSignal } from '@preact/signals';
import type { MethodView, RuledRole } from '../../../src/server/tool-protocol.js';
import { Modal } from '../style/modal.js';
import type { ToolStore } from './store.js';
import { ROLES, RULE, ruleText } from './words.js';

type Choice = RuledRole['rule'] | '';
type Choices = Record<(typeof ROLES)[number], Choice>;

const chosen = ({ rule, from }: RuledRole): Choice => (from === 'method' ? rule : '');

/**
 * Who may use a method. Arrow keys walk through the choices of a select, so nothing is saved before its button; what
 * would run without asking from then on is confirmed.
 */
export function PolicyForm({ method, store }: { method: MethodView; store: ToolStore }) {
  const { name, policy, risk } = method;
  const now: Choices = {
    viewer: chosen(policy.viewer),
    operator: chosen(policy.operator),
    admin: chosen(policy.admin),
  };
  const draft = useSignal<Partial<Choices>>({});
  const asking = useSignal(false);
  const busy = useSignal(false);
  const changed = ROLES.filter((role) => (draft.value[role] ?? now[role]) !== now[role]);
  const freed = risk === 'sensitive' ? changed.filter((role) => draft.value[role] === 'allow') : [];
  const save = async () => {
    asking.value = false;
    busy.value = true;
    const change = Object.fromEntries(changed.map((role) => [role, draft.value[role] || null]));
    if (await store.rule(name, change)) draft.value = {};
    busy.value = false;
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (freed.length > 0) asking.value = true;
    else void save();
  };
  const close = () => {
    asking.value = false;
  };
  return (
    <form class="policy-form" onSubmit={submit} aria-label={`Policy for ${name}`}>
      {ROLES.map((role) => (
        <label key={role} class="field">
          For {role}
          <select
            value={draft.value[role] ?? now[role]}
            disabled={busy.value}
            onChange={({ currentTarget }) => {
              draft.value = { ...draft.value, [role]: currentTarget.value as Choice };
            }}
          >
            <option value="">{policy[role].from === 'method' ? 'no rule of its own' : ruleText(policy[role])}</option>
            {(['allow', 'ask', 'deny'] as const).map((rule) => (
              <option key={rule} value={rule}>
                always {RULE[rule]}
              </option>
            ))}
          </select>
        </label>
      ))}
      <button type="submit" disabled={changed.length === 0 || busy.value}>
        Save policy<span class="unseen"> for {name}</span>
      </button>
      {asking.value && (
        <Modal title={`Let ${name} run without asking?`} onClose={close}>
          <p>
            It is sensitive. From now on nobody is asked before it runs when {freed.join(' or ')} calls it, or somebody
            calls it in that role.
          </p>
          <p class="request-tools">
            <button type="button" onClick={close}>
              Cancel
            </button>
            <button type="button" class="danger" onClick={() => void save()}>
              Let it run
            </button>
          </p>
        </Modal>
      )}
    </form>
  );
}
