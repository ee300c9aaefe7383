import type {
  ApprovalRequest,
  approvalDecision,
  approvalsAnswer,
  auditVerdict,
} from '@twin/pipecat-app/server/protocol.js';
import { answer, type ScriptedServer } from './scripted-server.js';
import type { ScriptedSession } from './scripted-session.js';

type Grants = ReturnType<typeof approvalsAnswer.parse>['grants'];

const MINUTE_MS = 60_000;

/** Each with another digest. */
export const request = (id: string, more: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
  id,
  session: 's0',
  tool: 'jobs.stop',
  effect: `Stops the job ${id}.`,
  args: `{"job":"${id}"}`,
  digest: id.padEnd(64, '0'),
  risk: 'sensitive',
  spoken: false,
  door: 'text',
  role: 'operator',
  name: 'kitchen',
  at: Date.now(),
  until: Date.now() + MINUTE_MS,
  status: 'new',
  by: '',
  outcome: null,
  ...more,
});

/** Requests for consent behind the doors of a scripted server; what the page decides is written down. */
export class ScriptedApprovals {
  role = 'operator';
  /** Newest first. */
  requests: ApprovalRequest[] = [];
  grants: Grants = [];
  verdict: ReturnType<typeof auditVerdict.parse> = { ok: true, entries: 2, hash: 'ab'.repeat(32), broken: null };
  /** The next decision is refused like this. */
  refusal: { status: number; error: object } | null = null;
  readonly decided: [string, ReturnType<typeof approvalDecision.parse>][] = [];
  readonly revoked: string[] = [];
  readonly #server: ScriptedServer;

  constructor(server: ScriptedServer) {
    this.#server = server;
    server.doors.set('GET /api/session', (_, response) => answer(response, 200, { role: this.role }));
    server.doors.set('GET /api/approvals', (_, response) =>
      answer(response, 200, { requests: this.requests, grants: this.grants }),
    );
    server.doors.set('GET /api/audit', (_, response) =>
      answer(response, 200, {
        entries: ['asked', 'denied'].map((what, i) => ({
          ...{ seq: i + 1, at: new Date(0).toISOString(), what, prev: '', hash: '' },
          details: { tool: 'jobs.stop', ...(i === 1 && { by: 'console' }) },
        })),
      }),
    );
    server.doors.set('GET /api/audit/verdict', (_, response) => answer(response, 200, this.verdict));
  }

  /** The requests as the server knows them, with their doors. */
  know(...requests: ApprovalRequest[]): void {
    for (const one of requests) {
      this.requests = [one, ...this.requests];
      this.#server.doors.set(`POST /api/approvals/${one.id}`, (_, response, body) => {
        const said = body as ReturnType<typeof approvalDecision.parse>;
        this.decided.push([one.id, said]);
        const { refusal } = this;
        this.refusal = null;
        if (refusal) return answer(response, refusal.status, { error: refusal.error });
        const status = said.decision === 'deny' ? 'denied' : 'approved';
        if (said.decision === 'session') this.grants = [{ id: one.id, session: one.session, tool: one.tool }];
        answer(response, 200, this.change(one.id, { status, by: 'console' }));
      });
      this.#server.doors.set(`DELETE /api/approvals/${one.id}`, (_, response) => {
        this.revoked.push(one.id);
        this.grants = [];
        response.writeHead(204).end();
      });
    }
  }

  /** Somebody asks now. */
  ask(session: ScriptedSession, ...requests: ApprovalRequest[]): void {
    this.know(...requests);
    for (const one of requests) session.send('approval.new', one);
  }

  change(id: string, more: Partial<ApprovalRequest>): ApprovalRequest {
    this.requests = this.requests.map((one) => (one.id === id ? { ...one, ...more } : one));
    return this.requests.find((one) => one.id === id) as ApprovalRequest;
  }
}
