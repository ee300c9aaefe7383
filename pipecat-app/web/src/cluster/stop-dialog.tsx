import { useEffect } from 'preact/hooks';
import type { JobView } from '../../../src/server/cluster-protocol.js';
import { Modal } from '../style/modal.js';
import { PlanProblem, PlanView } from './plan-view.js';
import type { ClusterStore } from './store.js';
import { usePlan } from './use-plan.js';

export function StopDialog({ store, job }: { store: ClusterStore; job: JobView }) {
  const planning = usePlan(store);
  const show = () => void planning.show({ job: job.id, stop: true });
  // Planned once, when the dialog opens.
  useEffect(show, []);
  const close = () => {
    store.dialog.value = null;
  };
  return (
    <Modal title={`Stop ${job.id}`} onClose={close}>
      <PlanProblem planning={planning} />
      {planning.plan.value ? (
        <PlanView
          planning={planning}
          action={`Stop ${job.id}`}
          danger
          onRun={({ modify_index }) =>
            void planning.carryOut(
              `/api/jobs/${encodeURIComponent(job.id)}/stop`,
              { modify_index },
              `${job.id} is being stopped.`,
            )
          }
        />
      ) : planning.problem.value ? (
        <button type="button" onClick={show}>
          Show the plan again
        </button>
      ) : (
        <p>Asking Nomad what would happen…</p>
      )}
    </Modal>
  );
}
