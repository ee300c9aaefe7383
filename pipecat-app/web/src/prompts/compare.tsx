import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Diff } from '../style/diff.js';
import type { Draft } from './drafts.js';
import { diffWords, lineDiff } from './line-diff.js';
import type { PromptStore } from './store.js';

type Props = { store: PromptStore; draft: Draft; saved: NonNullable<Draft['saved']>; saves: boolean };

const time = (ts: string) => new Date(ts).toLocaleString();

/** What differs between the draft and what is saved, or a version of before, which can be restored. */
export function Compare({ store, draft, saved, saves }: Props) {
  const chosen = useSignal('');
  const version = saved.versions.find(({ id }) => id === chosen.value);
  const old = useSignal<{ id: string; text: string } | null>(null);
  const id = version?.id;
  useEffect(() => {
    let current = true;
    if (id !== undefined)
      void store.version(id).then((text) => {
        if (current && text !== null) old.value = { id, text };
      });
    return () => {
      current = false;
    };
  }, [id]);
  const base = id === undefined ? saved.text : old.value?.id === id ? old.value.text : null;
  const lines = base === null ? null : lineDiff(base, draft.text);
  return (
    <section class="prompt-compare" aria-labelledby="compare">
      <h3 id="compare">What differs</h3>
      <div class="prompt-tools">
        <label class="field">
          Compare with
          <select
            value={chosen.value}
            onChange={({ currentTarget }) => {
              chosen.value = currentTarget.value;
            }}
          >
            <option value="">what is saved</option>
            {saved.versions.map((one) => (
              <option key={one.id} value={one.id}>
                replaced {time(one.ts)}
              </option>
            ))}
          </select>
        </label>
        {saves && version && (
          <button
            type="button"
            aria-haspopup="dialog"
            disabled={store.busy.value}
            onClick={() => store.askRestore(version.id, time(version.ts))}
          >
            Restore this version
          </button>
        )}
      </div>
      <p class="note">{lines ? diffWords(lines) : 'Asking the agent…'}</p>
      {lines && lines.length > 0 && <Diff lines={lines} />}
    </section>
  );
}
