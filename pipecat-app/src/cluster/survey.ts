import type { Job } from '@twin/hashi/nomad/job.js';
import type { Nomad } from '@twin/hashi/nomad.js';

type NodeDetail = Awaited<ReturnType<Nomad['nodes']['read']>>;
export type Node = Awaited<ReturnType<Nomad['nodes']['list']>>[number] & Partial<Pick<NodeDetail, 'Attributes'>>;
export type Allocation = Awaited<ReturnType<Nomad['jobs']['allocations']>>[number];

/** What Nomad knows at one moment. */
export type Snapshot = { nodes: readonly Node[]; jobs: readonly Job[]; allocations: readonly Allocation[] };

export const NOTHING: Snapshot = { nodes: [], jobs: [], allocations: [] };

/** People wait for the answer. */
const TIMEOUT_MS = 5_000;

/** Asks Nomad for all that the page shows; what a node is and what a job wants only when it has changed. */
export class Survey {
  readonly #nomad: Nomad;
  #attributes = new Map<string, NodeDetail['Attributes']>();
  #specs = new Map<string, Job>();

  constructor(nomad: Nomad) {
    this.#nomad = nomad;
  }

  /** @throws HashiError */
  async take(): Promise<Snapshot> {
    const call = { timeoutMs: TIMEOUT_MS };
    const [nodes, stubs, allocations] = await Promise.all([
      this.#nomad.nodes.list(call),
      this.#nomad.jobs.list(call),
      this.#nomad.allocations.list(call),
    ]);
    const jobs = await Promise.all(stubs.map((stub) => this.#spec(stub)));
    const detailed = await Promise.all(
      nodes.map(async (node) => ({ ...node, Attributes: await this.#attributesOf(node.ID) })),
    );
    const snapshot = { nodes: detailed, jobs: jobs.filter((job) => job !== undefined), allocations };
    this.#specs = new Map(snapshot.jobs.map((job) => [job.ID, job]));
    this.#attributes = new Map(detailed.map(({ ID, Attributes }) => [ID, Attributes]));
    return snapshot;
  }

  /** The state comes from the list: it changes without a change of the job. */
  async #spec({ ID, Status, Stop, JobModifyIndex }: Pick<Job, 'ID' | 'Status' | 'Stop' | 'JobModifyIndex'>) {
    const known = this.#specs.get(ID);
    if (known && known.JobModifyIndex === JobModifyIndex) return { ...known, Status, Stop };
    return this.#nomad.jobs.read(ID, { timeoutMs: TIMEOUT_MS }).catch(unlessGone);
  }

  async #attributesOf(id: string): Promise<NodeDetail['Attributes']> {
    const known = this.#attributes.get(id);
    return known ?? (await this.#nomad.nodes.read(id, { timeoutMs: TIMEOUT_MS }).catch(unlessGone))?.Attributes ?? {};
  }
}

/** What went away between two questions is no failure. */
function unlessGone(error: unknown): undefined {
  if ((error as { status?: number }).status === 404) return undefined;
  throw error;
}
