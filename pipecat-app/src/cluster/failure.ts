import { HashiError } from '@twin/hashi/errors.js';
import { PowerError } from '@twin/hashi/power/power-error.js';
import { TwinError } from '../errors.js';

/** How to get a cluster, for a person who has none. */
export const GET_ONE =
  'Make one of this machine with `npm run cluster`, or set NOMAD_ADDR to the Nomad of yours and start the agent again.';

export const noNomad = (): TwinError =>
  new TwinError('TWIN_NOMAD_OFF', 'This agent belongs to no cluster: it knows no Nomad.', { next: GET_ONE });

export const jobChanged = (id: string, cause?: unknown): TwinError =>
  new TwinError('TWIN_JOB_CHANGED', `Job ${id} has changed since it was shown.`, {
    next: 'Look at the new plan and decide again.',
    cause,
  });

/** A failure of Nomad, or of putting to sleep, as a door shows it; anything else is returned as it is. */
export function shown(error: unknown): unknown {
  if (error instanceof PowerError) {
    const { code, message, next, retryable } = error;
    return new TwinError(code, message, { next, retryable, cause: error });
  }
  if (!(error instanceof HashiError)) return error;
  const { code, message, next, retryable } = error;
  // Nomad answers 500 to jobs that it will not have.
  if (/job modify index/i.test(message)) return jobChanged(/job "?([^" ]+)/.exec(message)?.[1] ?? '', error);
  if (error.status === 500 && /errors? occurred|validation/i.test(message)) {
    return new TwinError('TWIN_JOB_INVALID', message, { next: 'Correct the job and plan it again.', cause: error });
  }
  return new TwinError(code, message, { next, retryable, cause: error });
}

/** Does `call`, and throws what `shown` makes of its failure. */
export async function told<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw shown(error);
  }
}
