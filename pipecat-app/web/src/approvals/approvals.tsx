import { useEffect } from 'preact/hooks';
import type { ApprovalRequest } from '../../../src/server/protocol.js';
import { askRole, role } from '../link/role.js';
import { AuditList } from './audit-list.js';
import { PolicyTable } from './policy-table.js';
import { RequestFacts, RiskWord, Shown } from './request-view.js';
import { leftText } from './requests.js';
import type { ApprovalStore } from './store.js';
import { statusText } from './words.js';

const SHOWN = 50;

/** The page *Approvals*: what waits, what was decided, what is allowed for a conversation, and the audit log. */
export function Approvals({ store }: { store: ApprovalStore }) {
  useEffect(() => {
    void askRole();
    void store.look();
  }, [store]);
  const waiting = store.requests.value.filter(({ status, until }) => status === 'new' && store.now.value < until);
  const decided = store.requests.value.filter((one) => !waiting.includes(one)).slice(0, SHOWN);
  const may = store.mayDecide();
  return (
    <main class="cluster approvals">
      <header class="cluster-head">
        <h2>Approvals</h2>
      </header>
      <p class="unseen" role="status">
        {store.done.value}
      </p>
      {role.value === 'viewer' && <p class="note">You may look. Deciding needs the role operator.</p>}
      <section aria-labelledby="waiting">
        <h2 id="waiting">Waiting</h2>
        {waiting.length === 0 && <p class="note">Nothing waits.</p>}
        <ul class="requests">
          {waiting.map((request) => (
            <Row key={request.id} request={request} state={`Denied in ${leftText(request.until, store.now.value)}`} />
          ))}
        </ul>
      </section>
      {store.grants.value.length > 0 && (
        <section aria-labelledby="grants">
          <h2 id="grants">Allowed for a conversation</h2>
          <ul class="requests">
            {store.grants.value.map((grant) => (
              <li key={grant.id} class="grant">
                <code>
                  <Shown text={grant.tool} />
                </code>
                {may && (
                  <button type="button" onClick={() => void store.revoke(grant)}>
                    Take back<span class="unseen"> {grant.tool}</span>
                  </button>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="decided">
        <h2 id="decided">Decided</h2>
        {decided.length === 0 && <p class="note">Nothing was decided since the agent was started.</p>}
        <ul class="requests">
          {decided.map((request) => (
            <Row key={request.id} request={request} state={statusText(request)} />
          ))}
        </ul>
      </section>
      <PolicyTable />
      {may && <AuditList of={store.requests.value} />}
    </main>
  );
}

function Row({ request, state }: { request: ApprovalRequest; state: string }) {
  return (
    <li class="tile">
      <p class="tile-words">
        <RiskWord risk={request.risk} /> <Shown text={request.effect} />
      </p>
      <p class="tile-words note">
        <Shown text={state} /> · <time>{new Date(request.at).toLocaleString()}</time>
      </p>
      <details class="tile-words more">
        <summary>
          <Shown text={request.tool} />
        </summary>
        <RequestFacts request={request} id={`args-${request.id}`} />
        {request.outcome && (
          <p>
            {request.outcome.ok ? 'Done: ' : 'Failed: '}
            <Shown text={request.outcome.output} />
          </p>
        )}
      </details>
    </li>
  );
}
