import { useSignal } from '@preact/signals';
import type { FactView } from '../../../src/server/memory-protocol.js';
import type { MemoryStore } from './store.js';

const SOURCES: Record<string, string> = { conversation: 'heard in conversation', told: 'told', summary: 'summary' };

/** One fact with its time and source, and what can be done to it. */
export function Fact({ fact, store }: { fact: FactView; store: MemoryStore }) {
  const { id, text, ts, source, pinned, enabled, used, score } = fact;
  const marks = [pinned && 'pinned', !enabled && 'switched off', used > 0 && `used ${used} times`];
  const near = score === undefined || score === null ? '' : `near: ${Math.round(100 * score)} %`;
  return (
    <li class={enabled ? 'fact' : 'fact off'}>
      {store.editing.value === id ? (
        <Edit fact={fact} store={store} />
      ) : (
        <p class="fact-text" id={`fact-${id}`}>
          {text}
        </p>
      )}
      <p class="note">
        <time dateTime={ts}>{new Date(ts).toLocaleString()}</time>
        {[SOURCES[source] ?? source, ...marks, near].filter(Boolean).map((word) => ` · ${word}`)}
      </p>
      {store.mayChange() && store.editing.value !== id && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would announce a form
        <div class="memory-tools" role="group" aria-label={text}>
          <button
            type="button"
            onClick={() => {
              store.editing.value = id;
            }}
          >
            Edit
          </button>
          <button type="button" aria-pressed={pinned} onClick={() => void store.change(fact, { pinned: !pinned })}>
            Pin
          </button>
          <button type="button" aria-pressed={!enabled} onClick={() => void store.change(fact, { enabled: !enabled })}>
            Off
          </button>
          <button type="button" onClick={() => void store.forget(fact)}>
            Forget
          </button>
        </div>
      )}
    </li>
  );
}

function Edit({ fact, store }: { fact: FactView; store: MemoryStore }) {
  const text = useSignal(fact.text);
  const submit = (event: Event) => {
    event.preventDefault();
    void store.change(fact, { text: text.value });
  };
  return (
    <form class="memory-line" onSubmit={submit}>
      <label class="field">
        New text
        <input
          type="text"
          required
          maxLength={1000}
          value={text.value}
          ref={(input) => input?.focus()}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
      </label>
      <button type="submit" class="primary">
        Save
      </button>
      <button
        type="button"
        onClick={() => {
          store.editing.value = null;
        }}
      >
        Cancel
      </button>
    </form>
  );
}
