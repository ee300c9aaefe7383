import { type Signal, signal } from '@preact/signals';
import type { ExpertView, JobView, NodeView } from '../../../src/server/cluster-protocol.js';
import type { Role } from '../../../src/server/protocol.js';
import type { Problem } from '../audio/problem.js';
import { ask } from '../link/ask.js';

const EVERY_MS = 3_000;

type Source = { nomad: 'ok' | 'off' | 'failed'; words: string };
export type View = Source & { nodes: NodeView[]; jobs: JobView[]; experts: ExpertView[] };

/** The dialog that is open, and what it is about. */
export type ClusterDialog = { is: 'deploy' } | { is: 'scale' | 'stop'; job: JobView };

/** What the page *Cluster* is drawn from: asked for every 3 s while somebody can see it. */
export class ClusterStore {
  /** Null before the first answer. */
  readonly view: Signal<View | null> = signal(null);
  readonly problem: Signal<Problem | null> = signal(null);
  readonly role: Signal<Role | null> = signal(null);
  readonly dialog: Signal<ClusterDialog | null> = signal(null);
  /** Whose log is open. */
  readonly log: Signal<string | null> = signal(null);
  /** What was done last, for people who do not see the tiles change. */
  readonly done = signal('');
  #asking = 0;

  /** Begins to ask. Returns the stop. */
  start(): () => void {
    const abort = new AbortController();
    const look = () => {
      if (!document.hidden) void this.look();
    };
    const timer = setInterval(look, EVERY_MS);
    document.addEventListener('visibilitychange', look, { signal: abort.signal });
    look();
    void ask<{ role: Role }>('/api/session').then((answer) => {
      if ('value' in answer) this.role.value = answer.value.role;
    });
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }

  /** Asks now; an answer that is overtaken by a newer question is dropped. */
  async look(): Promise<void> {
    const mine = ++this.#asking;
    const [nodes, jobs, experts] = await Promise.all([
      ask<Source & { nodes: NodeView[] }>('/api/nodes'),
      ask<Source & { jobs: JobView[] }>('/api/jobs'),
      ask<Source & { experts: ExpertView[] }>('/api/experts'),
    ]);
    if (mine !== this.#asking) return;
    const failed = [nodes, jobs, experts].find((answer) => 'problem' in answer);
    this.problem.value = failed && 'problem' in failed ? failed.problem : null;
    if ('value' in nodes && 'value' in jobs && 'value' in experts) {
      const { nomad, words } = nodes.value;
      const view = { nomad, words, nodes: nodes.value.nodes, jobs: jobs.value.jobs, experts: experts.value.experts };
      // The tiles of a view that did not change stay as they are.
      if (JSON.stringify(view) !== JSON.stringify(this.view.value)) this.view.value = view;
    }
  }

  /** Something was changed: says so, and shows it soon. */
  changed(words: string): void {
    this.done.value = words;
    this.dialog.value = null;
    void this.look();
  }

  /** Whether the person may change anything; not before the role is known. */
  mayChange(): boolean {
    return this.role.value === 'operator' || this.role.value === 'admin';
  }
}
