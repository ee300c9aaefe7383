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

/** The group of a source; undefined for one that fetches nothing itself. */
export function groupOf(type: Model['sources'][number]['type']): SourceGroup | undefined {
  if (type === 'quantize') return undefined;
  return type === 'hub' ? 'hub' : 'registry';
}
