import { useSignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { ToolView } from '../../../src/server/tool-protocol.js';
import { askRole, role } from '../link/role.js';
import { Words } from '../style/words.js';
import { Method } from './method.js';
import { ToolStore, type Which } from './store.js';

/** The page *Tools*: what the agent can use, why not, and who may. */
export function Tools() {
  const [store] = useState(() => new ToolStore());
  useEffect(() => {
    void askRole();
    void store.look();
  }, [store]);
  const tools = store.tools.value;
  const problem = store.problem.value;
  const found = store.found.value;
  return (
    <main class="cluster tools">
      <header class="cluster-head">
        <h2>Tools</h2>
        <p class="note" role="status">
          {tools && `${found.length} of ${tools.length} tools`}
        </p>
      </header>
      <p class="unseen" role="status">
        {store.done.value}
      </p>
      {problem && (
        <p class="cluster-note bad" role="alert">
          <b>{problem.what}</b> <Words text={problem.next} />
        </p>
      )}
      {role.value !== null && role.value !== 'admin' && (
        <p class="note">You may look. Changing who may use a tool needs the role admin.</p>
      )}
      <Filter store={store} />
      {!tools && !problem && <p class="note">Asking the agent…</p>}
      {tools && found.length === 0 && <p class="note">No tool fits.</p>}
      <ul class="tool-list" aria-label="Tools">
        {found.map((tool) => (
          <Tool key={tool.name} tool={tool} store={store} admin={role.value === 'admin'} />
        ))}
      </ul>
    </main>
  );
}

function Filter({ store }: { store: ToolStore }) {
  return (
    <search class="tool-filter">
      <label class="field">
        Search names, descriptions and examples
        <input
          type="search"
          maxLength={200}
          value={store.words.value}
          onInput={({ currentTarget }) => {
            store.words.value = currentTarget.value;
          }}
        />
      </label>
      <label class="field">
        Show
        <select
          value={store.which.value}
          onChange={({ currentTarget }) => {
            store.which.value = currentTarget.value as Which;
          }}
        >
          <option value="all">all tools</option>
          <option value="usable">what can be used</option>
          <option value="missing">what cannot be used</option>
        </select>
      </label>
    </search>
  );
}

function Tool({ tool, store, admin }: { tool: ToolView; store: ToolStore; admin: boolean }) {
  const { name, description, missing, methods } = tool;
  const open = useSignal(false);
  return (
    <li class={`tile ${missing ? 'asleep' : 'awake'}`}>
      <h3>{name}</h3>
      <p class="tile-state">{missing ? '○ Cannot be used' : '● Can be used'}</p>
      <p class="tile-words">{description}</p>
      {missing && (
        <p class="tile-words">
          <b>
            <Words text={missing.reason} />
          </b>{' '}
          <Words text={missing.next} />
        </p>
      )}
      <details
        class="tile-words more"
        onToggle={({ currentTarget }) => {
          open.value = currentTarget.open;
        }}
      >
        <summary>
          {methods.length === 1 ? '1 method' : `${methods.length} methods`}
          <span class="unseen"> of {name}</span>
        </summary>
        {open.value && (
          <ul class="methods">
            {methods.map((method) => (
              <Method key={method.name} method={method} off={missing === null} store={store} admin={admin} />
            ))}
          </ul>
        )}
      </details>
    </li>
  );
}
