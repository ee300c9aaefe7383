import { TwinError } from '@twin/pipecat-app/errors.js';

/** Values of HCL2 variables: text, which Nomad also reads numbers from, and maps of text. */
export type JobVariables = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/**
 * Has Nomad parse a job file and run it.
 * @param variables values of the file's HCL2 variables, as text
 * @returns the id of the evaluation
 * @throws TwinError `TWIN_CLUSTER_JOB` with Nomad's own words when it refuses the job
 */
export async function runJob(nomad: string, hcl: string, variables: JobVariables = {}): Promise<string> {
  const job = await parseJob(nomad, hcl, variables);
  const { EvalID } = (await post(`${nomad}/v1/jobs`, { Job: job })) as { EvalID: string };
  return EvalID;
}

/** The job that a file describes, as Nomad reads it. Throws as `runJob` does. */
export async function parseJob(nomad: string, hcl: string, variables: JobVariables = {}): Promise<object> {
  // JSON is HCL, as long as nothing in it looks like an interpolation.
  const quote = (value: JobVariables[string]): string =>
    JSON.stringify(value).replace(/[$%](?=\{)/g, (sign) => sign + sign);
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
