import { useSignal } from '@preact/signals';
import type { JobView } from '../../../src/server/cluster-protocol.js';
import { Modal } from '../style/modal.js';
import { PlanProblem, PlanView } from './plan-view.js';
import type { ClusterStore } from './store.js';
import { usePlan } from './use-plan.js';

export function ScaleDialog({ store, job }: { store: ClusterStore; job: JobView }) {
  const groups = job.groups.filter(({ scalable }) => scalable);
  const group = useSignal(groups[0]?.name ?? '');
  const count = useSignal(groups[0]?.wanted ?? 1);
  const planning = usePlan(store);
  const close = () => {
    store.dialog.value = null;
  };
  const submit = (event: Event) => {
    event.preventDefault();
    void planning.show({ job: job.id, group: group.value, count: count.value });
  };
  return (
    <Modal title={`Scale ${job.id}`} onClose={close}>
      <PlanProblem planning={planning} />
      {planning.plan.value ? (
        <PlanView
          planning={planning}
          action={`Scale to ${count.value}`}
          onBack={() => planning.drop()}
          onRun={({ modify_index }) =>
            void planning.carryOut(
              `/api/jobs/${encodeURIComponent(job.id)}/scale`,
              { group: group.value, count: count.value, modify_index },
              `${job.id} is being scaled to ${count.value}.`,
            )
          }
        />
      ) : (
        <form class="form" onSubmit={submit}>
          {groups.length > 1 && (
            <label class="field">
              Group
              <select
                value={group.value}
                onChange={({ currentTarget }) => {
                  group.value = currentTarget.value;
                  count.value = groups.find(({ name }) => name === currentTarget.value)?.wanted ?? 1;
                }}
              >
                {groups.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
          )}
          <label class="field">
            How many are wanted
            <input
              type="number"
              min={0}
              max={1000}
              required
              value={count.value}
              onInput={({ currentTarget }) => {
                count.value = currentTarget.valueAsNumber;
              }}
            />
            <span class="note">0 lets it sleep.</span>
          </label>
          <button type="submit" disabled={planning.busy.value}>
            Show the plan
          </button>
        </form>
      )}
    </Modal>
  );
}
