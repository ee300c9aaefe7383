import { randomBytes } from 'node:crypto';
import type { Job } from '@twin/hashi/nomad/job.js';
import { TwinError } from '../errors.js';

const KEPT_MS = 10 * 60_000;
const MOST = 32;

/** Jobs that were planned and may be run within ten minutes: exactly what was shown, whatever happened to its file. */
export class Plans {
  readonly #now: () => number;
  readonly #kept = new Map<string, { job: Job; index: number; until: number }>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param index the job's modify index when it was planned */
  keep(job: Job, index: number): string {
    for (const [id, { until }] of this.#kept) if (until < this.#now() || this.#kept.size >= MOST) this.#kept.delete(id);
    const id = randomBytes(12).toString('hex');
    this.#kept.set(id, { job, index, until: this.#now() + KEPT_MS });
    return id;
  }

  /** @throws TwinError `TWIN_PLAN_GONE`; `TWIN_BAD_REQUEST` when `index` is not the one that was shown with the plan. */
  take(id: string, index: number): Job {
    const kept = this.#kept.get(id);
    if (kept === undefined || kept.until < this.#now()) {
      throw new TwinError('TWIN_PLAN_GONE', 'This plan is older than ten minutes, or there is none.', {
        next: 'Plan the job again, and run it then.',
      });
    }
    if (kept.index !== index) {
      throw new TwinError('TWIN_BAD_REQUEST', `modify_index: the plan was shown with ${kept.index}.`, {
        next: 'Send the one of the plan.',
      });
    }
    return kept.job;
  }
}
