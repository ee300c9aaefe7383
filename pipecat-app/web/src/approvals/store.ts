import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ApprovalRequest, ServerEvent } from '../../../src/server/protocol.js';
import type { Problem } from '../audio/problem.js';
import { ask } from '../link/ask.js';
import { askRole, role } from '../link/role.js';
import { merged, waitingOf } from './requests.js';

const TICK_MS = 500;

export type Grant = { id: string; session: string; tool: string };
export type Decision = 'approve' | 'deny' | 'session';
type Answer = { requests: ApprovalRequest[]; grants: Grant[] };

/** The requests for consent as this page knows them, on every page. Nothing here decides but `decide`. */
export class ApprovalStore {
  /** Newest first. */
  readonly requests: Signal<readonly ApprovalRequest[]> = signal([]);
  readonly grants: Signal<readonly Grant[]> = signal([]);
  readonly problem: Signal<Problem | null> = signal(null);
  /** Whether the dialog may be over the page. */
  readonly open = signal(false);
  /** The request whose decision is on its way. */
  readonly deciding: Signal<string | null> = signal(null);
  /** What was decided last, for people who do not see the dialog change. */
  readonly done = signal('');
  /** The server's clock, ms since 1970; moves while something waits. */
  readonly now = signal(Date.now());
  /** What can be decided here, oldest first; nothing for viewers. */
  readonly waiting: ReadonlySignal<ApprovalRequest[]> = computed(() =>
    this.mayDecide() ? waitingOf(this.requests.value, this.now.value) : [],
  );
  readonly #typing: () => boolean;
  /** This page's clock minus the server's, ms. */
  #skew = 0;
  /** What waits and has been offered: by the dialog, or by the banner where somebody was typing. */
  #offered = new Set<string>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #asking = 0;
  /** News that came while the list was asked for. */
  #meanwhile: ApprovalRequest[] = [];

  /** `typing`: whether a person writes just now, whose focus must not be taken. */
  constructor(typing: () => boolean) {
    this.#typing = typing;
  }

  mayDecide(): boolean {
    return role.value === 'operator' || role.value === 'admin';
  }

  /** A session has begun: asks who this is and what waits. The list of an earlier server is forgotten. */
  async begin(): Promise<void> {
    await askRole();
    await this.look();
  }

  /** Asks for the list; an answer that is overtaken by a newer question is dropped. */
  async look(): Promise<void> {
    const mine = ++this.#asking;
    this.#meanwhile = [];
    const answer = await ask<Answer>('/api/approvals');
    if (mine !== this.#asking || !('value' in answer)) return;
    batch(() => {
      this.requests.value = this.#meanwhile.reduce(merged, answer.value.requests);
      this.grants.value = answer.value.grants;
      this.#changed();
    });
  }

  take(event: ServerEvent): void {
    if (event.type === 'hello') this.#skew = Date.now() - event.ts;
    if (event.type !== 'approval.new' && event.type !== 'approval.decided') return;
    this.#skew = Date.now() - event.ts;
    this.#meanwhile.push(event.data);
    batch(() => {
      this.requests.value = merged(this.requests.value, event.data);
      this.#changed();
    });
  }

  /** A person's word on what they were shown. */
  async decide({ id, tool, digest }: ApprovalRequest, decision: Decision): Promise<void> {
    if (this.deciding.value !== null) return;
    this.deciding.value = id;
    this.problem.value = null;
    const answer = await ask<ApprovalRequest>(`/api/approvals/${encodeURIComponent(id)}`, { decision, digest });
    batch(() => {
      this.deciding.value = null;
      if ('value' in answer) {
        this.requests.value = merged(this.requests.value, answer.value);
        this.done.value = `${tool} is ${decision === 'deny' ? 'denied' : 'allowed'}.`;
        this.#changed();
      } else this.problem.value = answer.problem;
    });
    if ('problem' in answer || decision === 'session') await this.look();
  }

  /** Takes "for this conversation" back. */
  async revoke({ id, tool }: Grant): Promise<void> {
    const answer = await ask(`/api/approvals/${encodeURIComponent(id)}`, undefined, 'DELETE');
    batch(() => {
      if ('problem' in answer) this.problem.value = answer.problem;
      else {
        this.grants.value = this.grants.value.filter((one) => one.id !== id);
        this.done.value = `${tool} asks again from now on.`;
      }
    });
    await this.look();
  }

  /** Puts the dialog away; what waits goes on waiting. */
  later(): void {
    this.open.value = false;
  }

  #changed(): void {
    this.now.value = Date.now() - this.#skew;
    const ids = this.waiting.value.map(({ id }) => id);
    const waits = ids.length > 0;
    const news = ids.some((id) => !this.#offered.has(id));
    this.#offered = new Set(ids);
    if (!waits) this.open.value = false;
    else if (news && !this.#typing()) this.open.value = true;
    if (waits && this.#timer === undefined) this.#timer = setInterval(() => this.#changed(), TICK_MS);
    if (waits || this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** Whether the focus is where letters go. */
export function isTyping(): boolean {
  const { activeElement: its } = document;
  if (its instanceof HTMLInputElement) return !['checkbox', 'radio', 'range', 'button'].includes(its.type);
  return its instanceof HTMLTextAreaElement || its instanceof HTMLSelectElement;
}
