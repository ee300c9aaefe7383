import { useSignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { role } from '../link/role.js';
import { query } from '../state/route.js';
import type { Row } from '../state/rows.js';
import { Confirmation } from '../style/confirmation.js';
import { Words } from '../style/words.js';
import { Fact } from './fact.js';
import { Keep } from './keep.js';
import { MemoryStore } from './store.js';
import { Used } from './used.js';

/** The page *Memory*: what the agent remembers, to search, correct, forget, save and load. */
export function Memory({ rows }: { rows: readonly Row[] }) {
  const [store] = useState(() => new MemoryStore());
  useEffect(() => store.start(), [store]);
  const facts = store.facts.value;
  const problem = store.problem.value;
  // A link from the transcript leads to it; else it is one thing among others.
  const named = query.value.has('used');
  return (
    <main class="memory">
      <h2>
        Memory <span class="note">{facts && `${store.total.value} facts`}</span>
      </h2>
      <p class="unseen" role="status">
        {store.done.value}
      </p>
      {problem && (
        <p class="memory-note bad" role="alert">
          <b>{problem.what}</b> <Words text={problem.next} />
        </p>
      )}
      {role.value === 'viewer' && (
        <p class="note">You may look. Changing what is remembered needs the role operator.</p>
      )}
      {named && <Used rows={rows} />}
      <Search store={store} />
      {store.mayChange() && <Remember store={store} />}
      {store.forgotten.value && (
        <p class="memory-note">
          <span>Forgotten: {store.forgotten.value.text}</span>
          <button type="button" onClick={() => void store.undo()}>
            Undo
          </button>
        </p>
      )}
      {!store.meaning.value && (
        <p class="note">
          There is no embedding model yet, so only words are compared. Run twin models pull --defaults.
        </p>
      )}
      {facts ? (
        <ul class="facts" aria-label="Facts">
          {facts.map((fact) => (
            <Fact key={fact.id} fact={fact} store={store} />
          ))}
        </ul>
      ) : (
        !problem && <p class="note">Asking the agent…</p>
      )}
      {facts?.length === 0 && <p class="note">Nothing is remembered that fits.</p>}
      {store.more.value && (
        <button type="button" onClick={() => void store.older()}>
          Older facts
        </button>
      )}
      {!named && <Used rows={rows} />}
      <Keep store={store} />
      <Confirmation waiting={store.confirm} />
    </main>
  );
}

function Search({ store }: { store: MemoryStore }) {
  const words = useSignal('');
  const submit = (event: Event) => {
    event.preventDefault();
    void store.search(words.value);
  };
  return (
    <search>
      <form class="memory-line" onSubmit={submit}>
        <label class="field">
          Search by meaning and words
          <input
            type="search"
            maxLength={1000}
            value={words.value}
            onInput={({ currentTarget }) => {
              words.value = currentTarget.value;
              if (currentTarget.value === '') void store.search('');
            }}
          />
        </label>
        <button type="submit">Search</button>
      </form>
    </search>
  );
}

function Remember({ store }: { store: MemoryStore }) {
  const text = useSignal('');
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await store.remember(text.value)) text.value = '';
  };
  return (
    <form class="memory-line" onSubmit={(event) => void submit(event)}>
      <label class="field">
        A new fact
        <input
          type="text"
          required
          maxLength={1000}
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
      </label>
      <button type="submit" class="primary">
        Remember
      </button>
    </form>
  );
}
