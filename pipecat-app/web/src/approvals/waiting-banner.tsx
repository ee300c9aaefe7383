import { Words } from '../style/words.js';
import type { ApprovalStore } from './store.js';

/** What waits for a decision while the dialog is away: somebody was typing, or has put it off. */
export function WaitingBanner({ store }: { store: ApprovalStore }) {
  const count = store.waiting.value.length;
  const problem = store.problem.value;
  if (store.open.value) return null;
  return (
    <>
      {problem && (
        <div class="banner bad" role="alert">
          <p>
            <b>{problem.what}</b> <Words text={problem.next} />
          </p>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              store.problem.value = null;
            }}
          >
            Got it
          </button>
        </div>
      )}
      {count > 0 && (
        <div class="banner warn" role="status">
          <p>
            <b>Twin asks for your consent.</b> {count === 1 ? 'One request waits.' : `${count} requests wait.`}
          </p>
          <button
            type="button"
            aria-haspopup="dialog"
            onClick={() => {
              store.open.value = true;
            }}
          >
            Look at it
          </button>
        </div>
      )}
    </>
  );
}
