import { TwinError } from '@twin/pipecat-app/errors.js';

/**
 * Has Nomad parse a job file and run it.
 * @param variables values of the file's HCL2 variables, as text
 * @returns the id of the evaluation
 * @throws TwinError `TWIN_CLUSTER_JOB` with Nomad's own words when it refuses the job
 */
export async function runJob(nomad: string, hcl: string, variables: Record<string, string> = {}): Promise<string> {
  const job = await parseJob(nomad, hcl, variables);
  const { EvalID } = (await post(`${nomad}/v1/jobs`, { Job: job })) as { EvalID: string };
  return EvalID;
}

/** The job that a file describes, as Nomad reads it. Throws as `runJob` does. */
export async function parseJob(nomad: string, hcl: string, variables: Record<string, string> = {}): Promise<object> {
  // One JSON string is one HCL string, as long as nothing in it looks like an interpolation.
  const quote = (value: string): string => JSON.stringify(value).replaceAll('${', '$${').replaceAll('%{', '%%{');
  const lines = Object.entries(variables).map(([name, value]) => `${name} = ${quote(value)}`);
  return (await post(`${nomad}/v1/jobs/parse`, {
    JobHCL: hcl,
    Variables: lines.join('\n'),
    Canonicalize: true,
  })) as object;
}

async function post(url: string, body: object): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const words = await answer.text();
  if (!answer.ok) {
    throw new TwinError('TWIN_CLUSTER_JOB', `Nomad refuses the job (${answer.status}): ${words}`, {
      next: 'Correct the job file or its variables.',
    });
  }
  return JSON.parse(words);
}
