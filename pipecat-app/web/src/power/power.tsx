import { useEffect, useState } from 'preact/hooks';
import type { PowerAnswer } from '../../../src/server/power-protocol.js';
import { Notes } from '../link/notes.js';
import { askRole, role } from '../link/role.js';
import { SettingsDialog } from './settings-dialog.js';
import { PowerStore } from './store.js';
import { NodeTile, ServiceTile } from './tiles.js';
import { Timeline } from './timeline.js';
import { energy } from './words.js';

/** The page *Power*: who sleeps, who is awake and why, what it takes, and the buttons to change it. */
export function Power() {
  const [store] = useState(() => new PowerStore());
  useEffect(() => {
    void askRole();
    return store.start();
  }, [store]);
  const view = store.view.value;
  const problem = store.lost.value ?? (store.settings.value === null ? store.doing.problem.value : null);
  const may = role.value === 'operator' || role.value === 'admin';
  const open = view?.services.find(({ service }) => service === store.settings.value);
  return (
    <main class="cluster power">
      <header class="cluster-head">
        <h2>Power</h2>
        {view && view.nodes.length > 0 && <p class="note">{totalText(view)}</p>}
      </header>
      <Notes
        store={store}
        problem={problem}
        needsOperator="waking, putting to sleep and settings need the role operator."
      />
      {view ? <Parts view={view} store={store} may={may} /> : !problem && <p class="note">Asking the agent…</p>}
      {open && <SettingsDialog key={open.service} service={open} store={store} />}
    </main>
  );
}

function Parts({ view, store, may }: { view: PowerAnswer; store: PowerStore; may: boolean }) {
  const { services, nodes } = view;
  if (view.consul !== 'ok') return null;
  return (
    <div class="cluster-parts">
      <section aria-labelledby="power-services">
        <h2 id="power-services">Experts and services</h2>
        <ul class="tiles">
          {services.map((service) => (
            <ServiceTile key={service.service} service={service} store={store} may={may} />
          ))}
        </ul>
        {services.length === 0 && (
          <p class="note">Nothing that may sleep runs. Deploy an expert on the page Cluster.</p>
        )}
      </section>
      {(services.length > 0 || nodes.length > 0) && <Timeline view={view} />}
      {nodes.length > 0 && (
        <section aria-labelledby="power-nodes">
          <h2 id="power-nodes">Nodes</h2>
          <ul class="tiles">
            {nodes.map((node) => (
              <NodeTile key={node.node} node={node} store={store} may={may} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function totalText({ nodes }: PowerAnswer): string {
  const wh = nodes.reduce((sum, node) => sum + node.wh, 0);
  return `${energy(wh)} today on ${nodes.length === 1 ? '1 node' : `${nodes.length} nodes`}`;
}
