import { useEffect, useState } from 'preact/hooks';
import { Notes } from '../link/notes.js';
import { askRole, role } from '../link/role.js';
import { AllowDialog } from './allow-dialog.js';
import { MachineTile } from './machine-tile.js';
import { NodesStore } from './store.js';

/** The page *Nodes*: machines that boot from the network, how far each is, and the button that has one installed. */
export function Nodes() {
  const [store] = useState(() => new NodesStore());
  useEffect(() => {
    void askRole();
    return store.start();
  }, [store]);
  const view = store.view.value;
  const problem = store.lost.value ?? (store.allowing.value === null ? store.doing.problem.value : null);
  const may = (role.value === 'operator' || role.value === 'admin') && view?.served === true;
  const open = view?.machines.find(({ mac }) => mac === store.allowing.value);
  return (
    <main class="cluster nodes">
      <header class="cluster-head">
        <h2>Nodes</h2>
        {view && view.machines.length > 0 && <p class="note">{countText(view.machines.length)}</p>}
      </header>
      <Notes store={store} problem={problem} needsOperator="allowing a machine needs the role operator." />
      {view?.consul === 'ok' && (
        <ul class="tiles">
          {view.machines.map((machine) => (
            <MachineTile key={machine.mac} machine={machine} store={store} may={may} />
          ))}
        </ul>
      )}
      {view?.served && view.machines.length === 0 && (
        <p class="note">
          No machine has asked yet. Switch one on and let it boot from the network: it appears here then.
        </p>
      )}
      {!view && !problem && <p class="note">Asking the agent…</p>}
      {view && open && <AllowDialog key={open.mac} machine={open} machines={view.machines} store={store} />}
    </main>
  );
}

const countText = (count: number): string => (count === 1 ? '1 machine' : `${count} machines`);
