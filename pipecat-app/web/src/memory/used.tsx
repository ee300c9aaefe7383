import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { FactView } from '../../../src/server/memory-protocol.js';
import type { Problem } from '../audio/problem.js';
import { ask } from '../link/ask.js';
import { query } from '../state/route.js';
import type { Row } from '../state/rows.js';
import { Words } from '../style/words.js';

/** Ids that the address names, else those that the last answer of this page used; empty when there are none. */
export function usedIds(asked: string | null, rows: readonly Row[]): number[] {
  const named = (asked ?? '').split(',').filter((id) => /^[1-9]\d{0,9}$/.test(id));
  if (named.length > 0) return named.slice(0, 20).map(Number);
  const last = rows.findLast((row) => row.kind === 'memories');
  return last?.kind === 'memories' ? last.ids : [];
}

/** Which of the remembered facts an answer was given, as they are now. */
export function Used({ rows }: { rows: readonly Row[] }) {
  const asked = query.value.get('used');
  const ids = usedIds(asked, rows).join(',');
  const facts = useSignal<FactView[] | null>(null);
  const problem = useSignal<Problem | null>(null);
  useEffect(() => {
    let current = true;
    facts.value = null;
    if (ids !== '')
      void ask<{ facts: FactView[] }>(`/api/memory?ids=${ids}`).then((answer) => {
        if (!current) return;
        problem.value = 'problem' in answer ? answer.problem : null;
        if ('value' in answer) facts.value = answer.value.facts;
      });
    return () => {
      current = false;
    };
  }, [ids]);
  const head = useRef<HTMLHeadingElement>(null);
  // Who came by a link goes on where it led.
  useEffect(() => {
    if (asked !== null) head.current?.focus();
  }, [asked]);
  const gone = facts.value === null ? 0 : ids.split(',').length - facts.value.length;
  return (
    <section class="memory-used" aria-labelledby="used">
      <h2 id="used" ref={head} tabIndex={-1}>
        {asked === null ? 'What the last answer used' : 'What that answer used'}
      </h2>
      {ids === '' && <p class="note">No answer on this page has used a memory yet.</p>}
      {problem.value && (
        <p class="memory-note bad" role="alert">
          <b>{problem.value.what}</b> <Words text={problem.value.next} />
        </p>
      )}
      {facts.value && (
        <ul class="facts" aria-label="Used facts">
          {facts.value.map(({ id, text, ts, superseded_by: superseded }) => (
            <li key={id} class="fact">
              <p class="fact-text">{text}</p>
              <p class="note">
                <time dateTime={ts}>{new Date(ts).toLocaleString()}</time>
                {superseded !== null && ' · another fact has taken its place'}
              </p>
            </li>
          ))}
        </ul>
      )}
      {gone > 0 && <p class="note">{gone === 1 ? 'One was' : `${gone} were`} forgotten since.</p>}
    </section>
  );
}
