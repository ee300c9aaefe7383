import { JobError } from '../job-error.js';
import type { HeadSettings } from './settings.js';

/**
 * Checks that the programs of this node are the build that the job is for; `jobs/rpc-worker.sh` does the same for a worker.
 * @param text content of the file `BUILD` beside the programs; one of its lines is `build <id>`
 * @throws JobError `TWIN_EXPERT_BUILD`
 */
export function checkBuild(text: string, { llamaDir, buildId }: Pick<HeadSettings, 'llamaDir' | 'buildId'>): void {
  const found = /^build (\S+)$/m.exec(text)?.[1];
  if (found === buildId) return;
  throw new JobError(
    'TWIN_EXPERT_BUILD',
    `This node has llama.cpp build ${found ?? '(unknown)'} in ${llamaDir}, and the job is for ${buildId}.`,
    'Bring that build to this node, or run the job with its own build_id.',
  );
}
