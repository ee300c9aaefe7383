import { useEffect, useState } from 'preact/hooks';
import { Words } from '../style/words.js';
import { DeployDialog } from './deploy-dialog.js';
import { LogView } from './log-view.js';
import { ScaleDialog } from './scale-dialog.js';
import { StopDialog } from './stop-dialog.js';
import { ClusterStore, type View } from './store.js';
import { ExpertTile, JobTile, NodeTile } from './tiles.js';
import { countText } from './words.js';

/** The page *Cluster*: who is there, how they are, and what they write. */
export function Cluster() {
  const [store] = useState(() => new ClusterStore());
  useEffect(() => store.start(), [store]);
  const view = store.view.value;
  const problem = store.problem.value;
  return (
    <main class="cluster">
      <header class="cluster-head">
        <h2>Cluster</h2>
        {view?.nomad === 'ok' && store.mayChange() && (
          <button
            type="button"
            class="primary"
            aria-haspopup="dialog"
            onClick={() => {
              store.dialog.value = { is: 'deploy' };
            }}
          >
            Deploy…
          </button>
        )}
      </header>
      <p class="unseen" role="status">
        {store.done.value}
      </p>
      {problem && (
        <p class="cluster-note bad" role="alert">
          <b>{problem.what}</b> <Words text={problem.next} />
          {view && ' What you see is how it was before.'}
        </p>
      )}
      {view?.words && (
        <p class={`cluster-note ${view.nomad === 'failed' ? 'bad' : ''}`} role="status">
          <Words text={view.words} />
        </p>
      )}
      {store.role.value === 'viewer' && view?.nomad === 'ok' && (
        <p class="note">You may look. Deploying, scaling and stopping need the role operator.</p>
      )}
      {view ? <Tiles view={view} store={store} /> : !problem && <p class="note">Asking the agent…</p>}
      {store.log.value && <LogView key={store.log.value} job={store.log.value} store={store} />}
      <Dialogs store={store} />
    </main>
  );
}

function Tiles({ view, store }: { view: View; store: ClusterStore }) {
  return (
    <div class="cluster-parts">
      <section aria-labelledby="experts">
        <Title id="experts" name="Experts" of={view.experts} />
        <ul class="tiles">
          {view.experts.map((expert) => (
            <ExpertTile key={`${expert.place} ${expert.name}`} expert={expert} store={store} />
          ))}
        </ul>
        {view.experts.length === 0 && <p class="note">No experts, and no language model in the agent yet.</p>}
      </section>
      <section aria-labelledby="nodes">
        <Title id="nodes" name="Nodes" of={view.nodes} />
        <ul class="tiles">
          {view.nodes.map((node) => (
            <NodeTile key={node.id || node.name} node={node} />
          ))}
        </ul>
      </section>
      {view.nomad === 'ok' && (
        <section aria-labelledby="jobs">
          <Title id="jobs" name="Jobs" of={view.jobs} />
          <ul class="tiles">
            {view.jobs.map((job) => (
              <JobTile key={job.id} job={job} store={store} />
            ))}
          </ul>
          {view.jobs.length === 0 && <p class="note">Nothing is deployed.</p>}
        </section>
      )}
    </div>
  );
}

function Title({ id, name, of }: { id: string; name: string; of: View['nodes'] | View['jobs'] | View['experts'] }) {
  return (
    <h2 id={id}>
      {name} <span class="note">{countText(of.map(({ state }) => state))}</span>
    </h2>
  );
}

function Dialogs({ store }: { store: ClusterStore }) {
  const open = store.dialog.value;
  switch (open?.is) {
    case 'deploy':
      return <DeployDialog store={store} />;
    case 'scale':
      return <ScaleDialog store={store} job={open.job} />;
    case 'stop':
      return <StopDialog store={store} job={open.job} />;
    default:
      return null;
  }
}
