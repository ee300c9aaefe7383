import type { Model } from './catalogue.js';
import type { PullProgress } from './progress.js';

/** What a source needs to leave the model's file at `partPath`; the caller verifies and renames it. */
export interface FetchContext {
  readonly model: Model;
  readonly partPath: string;
  /** A folder for what is fetched on the way; kept after a failure so that the next try can use what is there. */
  readonly workDir: string;
  /** Where native engines are installed. */
  readonly enginesDir: string;
  readonly signal: AbortSignal;
  readonly report: (progress: PullProgress) => void;
}

/** The kinds of source a person can choose between. */
export type SourceGroup = 'hub' | 'registry';

export const groupOf = (type: Model['sources'][number]['type']): SourceGroup => (type === 'hub' ? 'hub' : 'registry');
