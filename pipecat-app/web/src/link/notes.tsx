import type { Problem } from '../audio/problem.js';
import { Words } from '../style/words.js';
import type { Doing } from './doing.js';
import type { Follow } from './follow.js';
import { role } from './role.js';

type View = { consul: 'ok' | 'off' | 'failed'; words: string };
type Props = {
  store: Follow<View> & { doing: Doing };
  /** What keeps the page from being told, or did not work. */
  problem: Problem | null;
  /** What a viewer cannot do here. */
  needsOperator: string;
};

/** What a page that follows the cluster says above its parts: what was done, what did not work, and what is missing. */
export function Notes({ store, problem, needsOperator }: Props) {
  const view = store.view.value;
  return (
    <>
      <p class="unseen" role="status">
        {store.doing.done.value}
      </p>
      {problem && (
        <p class="cluster-note bad" role="alert">
          <b>{problem.what}</b> <Words text={problem.next} />
          {store.lost.value && view && ' What you see is how it was before.'}
        </p>
      )}
      {view?.words && (
        <p class={`cluster-note ${view.consul === 'failed' ? 'bad' : ''}`} role="status">
          <Words text={view.words} />
        </p>
      )}
      {role.value === 'viewer' && view?.consul === 'ok' && <p class="note">Looking only: {needsOperator}</p>}
    </>
  );
}
