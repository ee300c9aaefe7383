import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { askRole, role } from '../link/role.js';
import { Confirmation } from '../style/confirmation.js';
import { Words } from '../style/words.js';
import { Editor } from './editor.js';
import { PromptStore } from './store.js';

const store = new PromptStore();
const WHAT = { persona: 'who Twin is', expert: 'an expert', commands: 'what is understood at once' } as const;

addEventListener('beforeunload', (event) => {
  // The browser asks whether to leave.
  if (store.unsaved.value.length > 0) event.preventDefault();
});

/** The page *Prompts*: who Twin and its experts are, and its commands; to edit, compare, try out and restore. */
export function PromptsPage() {
  useEffect(() => {
    void askRole();
    void store.look();
  }, []);
  const { list, problem, draft } = store;
  const readOnly = list.value?.read_only;
  return (
    <main class="cluster prompts">
      <header class="cluster-head">
        <h2>Prompts</h2>
      </header>
      <p class="unseen" role="status">
        {store.done.value}
      </p>
      {problem.value && (
        <p class="cluster-note bad lines" role="alert">
          <b>{problem.value.what}</b> <Words text={problem.value.next} />
        </p>
      )}
      {readOnly && (
        <p class="cluster-note">
          <b>{readOnly.reason}</b> <Words text={readOnly.next} />
        </p>
      )}
      {role.value !== null && role.value !== 'admin' && (
        <p class="note">
          {role.value === 'viewer'
            ? 'You may look. Trying a draft out needs the role operator, saving needs the role admin.'
            : 'You may look and try a draft out. Saving needs the role admin.'}
        </p>
      )}
      {!list.value && !problem.value && <p class="note">Asking the agent…</p>}
      <div class="prompt-parts">
        <div class="prompt-side">
          <List />
          {role.value === 'admin' && !readOnly && <NewExpert />}
        </div>
        {draft.value && <Editor key={draft.value.name} store={store} draft={draft.value} mayWrite={!readOnly} />}
      </div>
      <Confirmation waiting={store.confirm} />
    </main>
  );
}

function List() {
  const known = store.list.value?.prompts ?? [];
  const fresh = Object.values(store.drafts.value).filter(({ name }) => !known.some((one) => one.name === name));
  const all = [...known, ...fresh.map(({ name }) => ({ name, kind: 'expert' as const }))];
  return (
    <ul class="prompt-list" aria-label="Prompts">
      {all.map(({ name, kind }) => (
        <li key={name}>
          <button
            type="button"
            aria-current={store.chosen.value === name ? 'true' : undefined}
            onClick={() => void store.open(name)}
          >
            <span>{name}</span>
            <span class="note">
              {WHAT[kind]}
              {store.unsaved.value.includes(name) && ' · not saved'}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function NewExpert() {
  const name = useSignal('');
  const submit = (event: Event) => {
    event.preventDefault();
    store.make(name.value);
    name.value = '';
  };
  return (
    <form class="prompt-new" onSubmit={submit}>
      <label class="field">
        New expert: small letters, digits, dash
        <input
          type="text"
          required
          pattern="[a-z0-9][a-z0-9\-]{0,62}"
          value={name.value}
          onInput={({ currentTarget }) => {
            name.value = currentTarget.value;
          }}
        />
      </label>
      <button type="submit">Begin its prompt</button>
    </form>
  );
}
