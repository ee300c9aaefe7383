import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ApprovalRequest } from '../../../src/server/protocol.js';
import { Modal } from '../style/modal.js';
import { Words } from '../style/words.js';
import { RequestFacts, RiskWord, Shown } from './request-view.js';
import { leftText } from './requests.js';
import type { ApprovalStore } from './store.js';

/** A click or key that was meant for what lay here before must not decide. */
const ARMED_AFTER_MS = 600;

/** The oldest request that waits, over whatever page is open. Closing it decides nothing. */
export function RequestDialog({ store }: { store: ApprovalStore }) {
  const [request] = store.waiting.value;
  if (!store.open.value || !request) return null;
  return (
    <Modal title="May Twin do this?" onClose={() => store.later()}>
      <Question key={request.id} store={store} request={request} />
    </Modal>
  );
}

function Question({ store, request }: { store: ApprovalStore; request: ApprovalRequest }) {
  const effect = useRef<HTMLParagraphElement>(null);
  const [armed, setArmed] = useState(false);
  // The focus starts on what is asked, so that Space and Enter decide nothing.
  useLayoutEffect(() => {
    effect.current?.setAttribute('autofocus', '');
    effect.current?.focus();
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => setArmed(true), ARMED_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const more = store.waiting.value.length - 1;
  const problem = store.problem.value;
  const off = !armed || store.deciding.value !== null;
  return (
    <div class="request">
      <p class="request-effect" ref={effect} tabIndex={-1}>
        <RiskWord risk={request.risk} /> <Shown text={request.effect} />
      </p>
      <RequestFacts request={request} id="request-args" />
      {problem && (
        <p class="cluster-note bad" role="alert">
          <b>{problem.what}</b> <Words text={problem.next} />
        </p>
      )}
      <p class="note">
        Denied by itself in <span class="ms">{leftText(request.until, store.now.value)}</span>
        {more > 0 && ` · ${more} more ${more === 1 ? 'waits' : 'wait'}`}
      </p>
      <div class="request-tools">
        <button type="button" disabled={off} onClick={() => void store.decide(request, 'deny')}>
          Deny
        </button>
        <button type="button" disabled={off} onClick={() => void store.decide(request, 'session')}>
          Allow for this conversation
        </button>
        <button type="button" class="primary" disabled={off} onClick={() => void store.decide(request, 'approve')}>
          Allow once
        </button>
      </div>
    </div>
  );
}
