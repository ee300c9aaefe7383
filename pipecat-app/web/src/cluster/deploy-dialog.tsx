import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { JobTemplate, PlanRequest } from '../../../src/server/cluster-protocol.js';
import type { Problem } from '../audio/problem.js';
import { ask } from '../link/ask.js';
import { Modal } from '../style/modal.js';
import { Words } from '../style/words.js';
import { PlanProblem, PlanView } from './plan-view.js';
import type { ClusterStore } from './store.js';
import { TemplateFields } from './template-fields.js';
import { usePlan } from './use-plan.js';

/** Value of the choice that is no template. */
const OWN = '';

/** A job of a template, or an administrator's own: filled in, planned, then run. */
export function DeployDialog({ store }: { store: ClusterStore }) {
  const templates = useSignal<JobTemplate[] | null>(null);
  const trouble = useSignal<Problem | null>(null);
  const chosen = useSignal(OWN);
  const values = useSignal<Record<string, string>>({});
  const hcl = useSignal('');
  const planning = usePlan(store);
  useEffect(() => {
    void ask<{ templates: JobTemplate[] }>('/api/jobs/templates').then((answer) => {
      if ('problem' in answer) trouble.value = answer.problem;
      else {
        templates.value = answer.value.templates;
        const usual = answer.value.templates.find(({ name }) => name === 'llama-expert') ?? answer.value.templates[0];
        chosen.value = usual?.name ?? OWN;
      }
    });
  }, [templates, trouble, chosen]);
  const submit = (event: Event) => {
    event.preventDefault();
    const request: PlanRequest =
      chosen.value === OWN ? { hcl: hcl.value, variables: {} } : { template: chosen.value, variables: values.value };
    void planning.show(request);
  };
  const close = () => {
    store.dialog.value = null;
  };
  const choose = (name: string) => {
    chosen.value = name;
    values.value = {};
  };
  const template = templates.value?.find(({ name }) => name === chosen.value);
  return (
    <Modal title="Deploy a job" onClose={close}>
      {trouble.value && (
        <p class="bad-text" role="alert">
          <Words text={`${trouble.value.what} ${trouble.value.next}`} />
        </p>
      )}
      <PlanProblem planning={planning} />
      {planning.plan.value ? (
        <PlanView
          planning={planning}
          action="Run this"
          onBack={() => planning.drop()}
          onRun={({ plan, modify_index, job }) =>
            void planning.carryOut('/api/jobs', { plan, modify_index }, `${job} is being started.`)
          }
        />
      ) : (
        templates.value && (
          <form class="form" onSubmit={submit}>
            <Choice
              templates={templates.value}
              chosen={chosen.value}
              own={store.role.value === 'admin'}
              onChoose={choose}
            />
            {template ? (
              <TemplateFields
                key={template.name}
                template={template}
                values={values}
                admin={store.role.value === 'admin'}
              />
            ) : (
              <OwnJob hcl={hcl} />
            )}
            <button type="submit" disabled={planning.busy.value}>
              {planning.busy.value ? 'Asking Nomad…' : 'Show the plan'}
            </button>
          </form>
        )
      )}
    </Modal>
  );
}

type ChoiceProps = { templates: JobTemplate[]; chosen: string; own: boolean; onChoose(name: string): void };

function Choice({ templates, chosen, own, onChoose }: ChoiceProps) {
  return (
    <label class="field">
      Job
      <select value={chosen} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {templates.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
        {own && <option value={OWN}>a job file of your own</option>}
      </select>
    </label>
  );
}

function OwnJob({ hcl }: { hcl: Signal<string> }) {
  return (
    <label class="field">
      Job file (HCL)
      <textarea
        rows={10}
        required
        spellcheck={false}
        value={hcl.value}
        onInput={({ currentTarget }) => {
          hcl.value = currentTarget.value;
        }}
      />
    </label>
  );
}
