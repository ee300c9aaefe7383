import { role } from '../link/role.js';
import { Compare } from './compare.js';
import { type Draft, isChanged } from './drafts.js';
import type { PromptStore } from './store.js';
import { TryOut } from './try-out.js';

type Props = { store: PromptStore; draft: Draft; mayWrite: boolean };

/** One prompt: its text, what differs, and what it would answer. */
export function Editor({ store, draft, mayWrite }: Props) {
  const { name, text } = draft;
  const changed = isChanged(draft);
  const saves = role.value === 'admin' && mayWrite;
  const tries = role.value === 'admin' || role.value === 'operator';
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== 's') return;
    // Else the browser would save the page.
    event.preventDefault();
    if (saves) void store.save();
  };
  return (
    <section class="prompt-editor" aria-labelledby="prompt-name" onKeyDown={onKeyDown}>
      <div class="cluster-head">
        <h3 id="prompt-name">{name}</h3>
        <p class="note" role="status">
          {changed ? 'Not saved' : 'Saved'}
        </p>
      </div>
      {draft.conflict && (
        <p class="cluster-note bad" role="alert">
          <b>Somebody else has saved it meanwhile.</b> Your text is still here. Look at what differs below, then save to
          replace theirs, or discard yours.
        </p>
      )}
      <label class="field">
        Text
        <textarea
          class="prompt-text"
          rows={16}
          spellcheck={false}
          readOnly={!tries}
          value={text}
          onInput={({ currentTarget }) => store.edit(currentTarget.value)}
        />
      </label>
      {saves && (
        <div class="prompt-tools">
          <button
            type="button"
            class="primary"
            aria-keyshortcuts="Control+S"
            disabled={!changed || store.busy.value}
            onClick={() => void store.save()}
          >
            Save
          </button>
          <button type="button" aria-haspopup="dialog" disabled={!changed} onClick={() => store.askDiscard()}>
            Discard changes
          </button>
          <span class="note">
            <kbd>Ctrl</kbd>
            <kbd>S</kbd> saves. It is used from the next answer on.
          </span>
        </div>
      )}
      {tries && <TryOut draft={draft} />}
      {draft.saved && <Compare store={store} draft={draft} saved={draft.saved} saves={saves} />}
    </section>
  );
}
