import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ApprovalRequest, auditEntry, auditVerdict } from '../../../src/server/protocol.js';
import type { Problem } from '../audio/problem.js';
import { ask } from '../link/ask.js';
import { Words } from '../style/words.js';
import { Shown } from './request-view.js';

const SHOWN = 100;
type Entry = ReturnType<typeof auditEntry.parse>;
type Verdict = ReturnType<typeof auditVerdict.parse>;

/** The newest entries of the audit log, and whether its chain holds. Asked again when `of` changes. */
export function AuditList({ of }: { of: readonly ApprovalRequest[] }) {
  const entries = useSignal<Entry[]>([]);
  const verdict = useSignal<Verdict | null>(null);
  const problem = useSignal<Problem | null>(null);
  const verify = async () => {
    const answer = await ask<Verdict>('/api/audit/verdict');
    problem.value = 'problem' in answer ? answer.problem : null;
    if ('value' in answer) verdict.value = answer.value;
  };
  useEffect(() => {
    let current = true;
    void ask<{ entries: Entry[] }>('/api/audit').then((answer) => {
      if (current && 'value' in answer) entries.value = answer.value.entries.slice(-SHOWN).reverse();
      if (current && 'problem' in answer) problem.value = answer.problem;
    });
    return () => {
      current = false;
    };
  }, [of]);
  useEffect(() => void verify(), []);
  return (
    <section aria-labelledby="audit">
      <div class="cluster-head">
        <h2 id="audit">Audit log</h2>
        <button type="button" onClick={() => void verify()}>
          Verify again
        </button>
      </div>
      {problem.value && (
        <p class="cluster-note bad" role="alert">
          <b>{problem.value.what}</b> <Words text={problem.value.next} />
        </p>
      )}
      {verdict.value && <VerdictLine verdict={verdict.value} />}
      <ol class="audit">
        {entries.value.map(({ seq, at, what, details }) => (
          <li key={seq}>
            <span class="ms">{seq}</span> <time dateTime={at}>{new Date(at).toLocaleString()}</time> <b>{what}</b>{' '}
            <Shown text={details.tool ?? ''} /> {details.by ? <Shown text={`by ${details.by}`} /> : null}
          </li>
        ))}
      </ol>
      {entries.value.length === 0 && <p class="note">Nothing is written yet.</p>}
    </section>
  );
}

function VerdictLine({ verdict: { ok, entries, hash, broken } }: { verdict: Verdict }) {
  return (
    <p class={`cluster-note ${ok ? '' : 'bad'}`} role="status">
      {ok ? (
        <>
          <b>The chain holds.</b> {entries} entries, last hash <code>{hash}</code>
        </>
      ) : (
        <>
          <b>The chain is broken</b> at line {broken?.line}: {broken?.why}. The {entries} entries before it are right.
        </>
      )}
    </p>
  );
}
