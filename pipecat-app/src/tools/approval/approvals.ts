import { randomBytes } from 'node:crypto';
import { isAbort, TwinError } from '../../errors.js';
import type { ApprovalRequest } from '../../server/protocol.js';
import type { AskedCall, Consent, ConsentAnswer } from '../consent.js';
import type { ToolResult } from '../tool.js';
import { type AuditWhat, masked, sha256 } from './audit-chain.js';
import type { AuditLog } from './audit-log.js';
import { checkAuthority, type Decider } from './authority.js';
import { type Decision, type Ending, ended } from './lifecycle.js';
import type { Policy } from './policy.js';
import { type PolicyChange, PolicyChanges } from './policy-changes.js';
import type { PolicyFile } from './policy-file.js';
import { consentQuestion } from './question.js';
import { canonicalJson, shownText } from './shown-text.js';

const KEPT = 200;
const MOST_OF_A_SESSION = 4;
const MOST = 32;

export type ApprovalParts = {
  policy: Pick<PolicyFile, 'ruleOf' | 'current' | 'save'>;
  audit: Pick<AuditLog, 'append'>;
  timeoutMs: number;
  /** Says something to whoever is there when the session that asked has gone. */
  announce(session: string, text: string): void;
  onProblem(error: unknown): void;
  /** Wall clock, ms since 1970. */
  now?: () => number;
  /** Calls `run` once, `ms` from now; returns the way to stop that. */
  after?: (ms: number, run: () => void) => () => void;
};

type Entry = { request: ApprovalRequest; asked: AskedCall; gone: boolean; cancel(): void; settle(): void };
type Listener = (type: 'approval.new' | 'approval.decided', request: ApprovalRequest) => void;

/**
 * The requests for consent and what became of them. A call that came by `voice` or `text` is answered `TWIN_ASKING` at
 * once and run from here when it is approved, its result announced; other doors wait for the decision. Whichever it is,
 * a request leaves `new` once, before anything is awaited, so that a call runs at most once.
 */
export class Approvals implements Consent {
  readonly #parts: Required<ApprovalParts>;
  readonly #entries = new Map<string, Entry>();
  /** Request id by session and method. */
  readonly #grants = new Map<string, { id: string; session: string; tool: string }>();
  readonly #listeners = new Set<Listener>();
  readonly #closing = new AbortController();
  readonly #work = new Set<Promise<void>>();
  readonly #policyChanges: PolicyChanges;

  constructor(parts: ApprovalParts) {
    this.#parts = { now: Date.now, after: later, ...parts };
    this.#policyChanges = new PolicyChanges(parts);
  }

  async decide(asked: AskedCall, signal: AbortSignal): Promise<ConsentAnswer> {
    signal.throwIfAborted();
    const { tool, risk, caller } = asked;
    const rule = this.#parts.policy.ruleOf(tool, risk, caller.role);
    const granted = this.#grants.has(grantKey(caller.session, tool));
    try {
      if (rule === 'deny') return await this.#refuse(asked);
      if (rule === 'ask' && !granted) return await this.#ask(asked, signal);
      if (risk !== 'sensitive' && rule === 'allow') return { allowed: true };
      await this.#note('allowed', asked, { why: rule === 'allow' ? 'policy' : 'conversation' });
      return { allowed: true, ended: (result) => this.#track(this.#outcome(asked, result)) };
    } catch (error) {
      if (error instanceof TwinError) return { allowed: false, code: error.code, words: error.message };
      throw error;
    }
  }

  /**
   * A person's word. The first one holds.
   * @param digest of the request as it was shown
   * @throws TwinError `TWIN_NOT_FOUND`, `TWIN_FORBIDDEN`, `TWIN_APPROVAL_CHANGED`, `TWIN_APPROVAL_DECIDED`,
   * `TWIN_APPROVAL_EXPIRED`, `TWIN_AUDIT` (then it is not done)
   */
  async answer(id: string, decision: Decision, digest: string, by: Decider): Promise<ApprovalRequest> {
    const entry = this.#entries.get(id);
    if (!entry) throw new TwinError('TWIN_NOT_FOUND', 'There is no such request.', { next: 'Look at the list.' });
    checkAuthority(entry.request, entry.asked.caller.keyId, decision, by, this.#parts.policy);
    if (digest !== entry.request.digest) {
      throw new TwinError('TWIN_APPROVAL_CHANGED', 'What was shown is not what would be done.', {
        next: 'Reload the page and look again.',
      });
    }
    if (entry.request.status === 'new' && this.#parts.now() >= entry.request.until)
      this.#end(entry, { type: 'expired' });
    this.#move(entry, { type: 'decided', decision, by: by.name });
    const what = decision === 'deny' ? 'denied' : 'approved';
    try {
      await this.#note(what, entry.asked, { id, decision, by: by.name, way: by.way });
    } catch (error) {
      // Nobody could show later that it was approved: it is not done.
      entry.request = { ...entry.request, status: 'denied' };
      entry.settle();
      throw error;
    }
    const { session, tool } = entry.request;
    if (decision === 'session' && !entry.gone) this.#grants.set(grantKey(session, tool), { id, session, tool });
    this.#emit('approval.decided', entry.request);
    if (waits(entry.asked)) entry.settle();
    else if (decision !== 'deny') this.#track(this.#runLater(entry));
    else if (by.way !== 'spoken') this.#say(entry, 'All right, I will leave it.');
    return entry.request;
  }

  /** The newest request of a session that waits for a spoken answer, and how many wait there. */
  waiting(session: string): { request: ApprovalRequest; count: number } | undefined {
    const all = [...this.#entries.values()].filter(
      ({ request, asked }) => request.session === session && request.status === 'new' && !waits(asked),
    );
    const last = all.at(-1);
    return last && { request: last.request, count: all.length };
  }

  /** Newest first. */
  list(): ApprovalRequest[] {
    return [...this.#entries.values()].map(({ request }) => request).reverse();
  }

  grants(): { id: string; session: string; tool: string }[] {
    return [...this.#grants.values()];
  }

  /** Takes "for this conversation" back. @throws TwinError `TWIN_NOT_FOUND` */
  async revoke(id: string, by: Decider): Promise<void> {
    const [key, grant] = [...this.#grants].find(([, its]) => its.id === id) ?? [];
    if (key === undefined || !grant) throw new TwinError('TWIN_NOT_FOUND', 'There is no such permission.');
    this.#grants.delete(key);
    await this.#parts.audit.append('revoked', { id, session: grant.session, tool: grant.tool, by: by.name });
  }

  policy(): Policy | undefined {
    return this.#parts.policy.current;
  }

  /** @throws those of `PolicyChanges.make` */
  setPolicy(change: PolicyChange, by: Decider): Promise<void> {
    return this.#policyChanges.make(change, by.name);
  }

  /** Nobody is there any more who asked: what waits is withdrawn, what was allowed for the conversation ends. */
  sessionClosed(session: string): void {
    for (const [key, grant] of this.#grants) if (grant.session === session) this.#grants.delete(key);
    for (const entry of this.#entries.values()) {
      if (entry.request.session !== session) continue;
      entry.gone = true;
      if (entry.request.status === 'new') this.#end(entry, { type: 'withdrawn' });
    }
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Withdraws what waits, stops what runs, and waits until it is noted. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const entry of this.#entries.values())
      if (entry.request.status === 'new') this.#end(entry, { type: 'withdrawn' });
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
  }

  async #refuse(asked: AskedCall): Promise<ConsentAnswer> {
    await this.#note('refused', asked, { why: 'policy' });
    return { allowed: false, code: 'TWIN_DENIED', words: `I may not do that: the policy forbids it.` };
  }

  async #ask(asked: AskedCall, signal: AbortSignal): Promise<ConsentAnswer> {
    const { caller, tool, risk } = asked;
    const args = canonicalJson(asked.args);
    const open = [...this.#entries.values()].filter(({ request }) => request.status === 'new');
    const own = open.filter(({ request }) => request.session === caller.session);
    const same = own.find(({ request }) => request.tool === tool && request.args === args);
    if (same && !waits(asked)) return asking(same.request);
    if (this.#closing.signal.aborted || own.length >= MOST_OF_A_SESSION || open.length >= MOST) {
      throw new TwinError('TWIN_APPROVAL_BUSY', 'Too many requests wait for an approval already.');
    }
    const id = randomBytes(12).toString('base64url');
    const at = this.#parts.now();
    const request: ApprovalRequest = {
      ...{ id, session: caller.session, tool, effect: shownText(asked.effect), args, risk, door: caller.door },
      ...{ role: caller.role, name: shownText(caller.name), spoken: asked.spokenConsent, by: '', outcome: null },
      ...{ at, until: at + this.#parts.timeoutMs, status: 'new', digest: sha256(`${id}\n${tool}\n${args}`) },
    };
    let settle = (): void => undefined;
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const entry: Entry = { request, asked, gone: false, cancel: () => undefined, settle };
    this.#entries.set(id, entry);
    entry.cancel = this.#parts.after(this.#parts.timeoutMs, () => this.#end(entry, { type: 'expired' }));
    this.#forgetOld();
    this.#track(this.#note('asked', asked, { id }));
    this.#emit('approval.new', request);
    if (!waits(asked)) return asking(request);
    const withdraw = (): void => this.#end(entry, { type: 'withdrawn' });
    signal.addEventListener('abort', withdraw, { once: true });
    await settled;
    signal.removeEventListener('abort', withdraw);
    if (entry.request.status === 'approved') {
      return { allowed: true, ended: (result) => this.#track(this.#outcome(asked, result, entry)) };
    }
    signal.throwIfAborted();
    return { allowed: false, code: 'TWIN_DENIED', words: `I did not do it: the request was ${entry.request.status}.` };
  }

  async #runLater(entry: Entry): Promise<void> {
    let result: ToolResult;
    try {
      result = await entry.asked.run(this.#closing.signal);
    } catch (error) {
      if (!isAbort(error)) this.#parts.onProblem(error);
      result = { ok: false, output: 'It was stopped.', error: 'TWIN_TOOL_ABORTED' };
    }
    this.#say(entry, result.output);
    await this.#outcome(entry.asked, result, entry);
  }

  async #outcome(asked: AskedCall, { ok, output }: ToolResult, entry?: Entry): Promise<void> {
    if (entry) {
      entry.request = { ...entry.request, outcome: { ok, output } };
      this.#emit('approval.decided', entry.request);
    }
    await this.#note(ok ? 'done' : 'failed', asked, entry ? { id: entry.request.id } : {});
  }

  /** Ends a request that nobody decided. */
  #end(entry: Entry, ending: Ending): void {
    if (entry.request.status !== 'new') return;
    this.#move(entry, ending);
    const { status, id } = entry.request;
    this.#emit('approval.decided', entry.request);
    this.#track(this.#note(status as AuditWhat, entry.asked, { id }));
    entry.settle();
    if (ending.type === 'expired' && !waits(entry.asked))
      this.#say(entry, 'Nobody approved it in time, so I did not do it.');
  }

  #move(entry: Entry, ending: Ending): void {
    entry.request = ended(entry.request, ending, this.#parts.now());
    entry.cancel();
  }

  #say({ asked, gone }: Entry, text: string): void {
    if (text === '' || this.#closing.signal.aborted) return;
    if (gone) this.#parts.announce(asked.caller.session, text);
    else asked.controls.announce(text);
  }

  #note(what: AuditWhat, { tool, args, caller }: AskedCall, more: Record<string, string>): Promise<void> {
    const { door, role, name, session } = caller;
    return this.#parts.audit.append(what, {
      ...more,
      tool,
      args: canonicalJson(masked(args)),
      door,
      role,
      name,
      session,
    });
  }

  #emit(type: 'approval.new' | 'approval.decided', request: ApprovalRequest): void {
    for (const listener of this.#listeners) listener(type, request);
  }

  #forgetOld(): void {
    for (const [id, { request }] of this.#entries) {
      if (this.#entries.size <= KEPT) return;
      const over = request.status !== 'new' && (request.status !== 'approved' || request.outcome !== null);
      if (over) this.#entries.delete(id);
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => this.#parts.onProblem(error));
    this.#work.add(tracked);
    void tracked.finally(() => this.#work.delete(tracked));
  }
}

/** Whether the one who asked waits for the decision. A conversation must go on meanwhile, so it does not. */
const waits = ({ caller }: AskedCall): boolean => caller.door !== 'voice' && caller.door !== 'text';

const grantKey = (session: string, tool: string): string => `${session} ${tool}`;

const asking = (request: ApprovalRequest): ConsentAnswer => ({
  allowed: false,
  code: 'TWIN_ASKING',
  words: consentQuestion(request),
});

function later(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
