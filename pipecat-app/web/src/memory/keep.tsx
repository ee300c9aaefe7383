import { useSignal } from '@preact/signals';
import { role } from '../link/role.js';
import type { MemoryStore } from './store.js';

/** Saved memories, export and import. */
export function Keep({ store }: { store: MemoryStore }) {
  const name = useSignal('');
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await store.save(name.value)) name.value = '';
  };
  const admin = role.value === 'admin';
  return (
    <section class="memory-keep" aria-labelledby="saved">
      <h2 id="saved">Saved memories</h2>
      <ul class="facts">
        {store.states.value.map((state) => (
          <li key={state.name} class="fact">
            <p class="fact-text">{state.name}</p>
            <p class="note">
              <time dateTime={state.ts}>{new Date(state.ts).toLocaleString()}</time>
              {` · ${Math.ceil(state.bytes / 1000)} kB`}
            </p>
            {admin && (
              // biome-ignore lint/a11y/useSemanticElements: a fieldset would announce a form
              <div class="memory-tools" role="group" aria-label={state.name}>
                <button type="button" aria-haspopup="dialog" onClick={() => store.load(state.name)}>
                  Load
                </button>
                <button type="button" aria-haspopup="dialog" onClick={() => store.remove(state.name)}>
                  Delete
                </button>
              </div>
            )}
          </li>
        ))}
      </ul>
      {store.states.value.length === 0 && <p class="note">None yet.</p>}
      {store.mayChange() && (
        <form class="memory-line" onSubmit={(event) => void submit(event)}>
          <label class="field">
            Name: letters, digits, dash, underscore
            <input
              type="text"
              required
              pattern="[A-Za-z0-9][A-Za-z0-9_\-]{0,63}"
              value={name.value}
              onInput={({ currentTarget }) => {
                name.value = currentTarget.value;
              }}
            />
          </label>
          <button type="submit">Save all facts</button>
        </form>
      )}
      {store.mayChange() && (
        <p>
          <a href="/api/memory/export" download>
            Export everything as one file
          </a>
        </p>
      )}
      {admin && (
        <label class="field">
          Import a file (.tar.gz)
          <input
            type="file"
            accept=".gz,application/gzip"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (file) store.import(file);
              currentTarget.value = '';
            }}
          />
        </label>
      )}
    </section>
  );
}
