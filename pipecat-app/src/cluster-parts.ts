import { Nomad, nomadFromEnv } from '@twin/hashi/nomad.js';
import { z } from 'zod';
import { Cluster } from './cluster/cluster.js';
import { Templates, type Variables } from './cluster/templates.js';
import { thisMachine } from './cluster/this-machine.js';
import type { Config } from './config.js';
import { TwinError } from './errors.js';
import type { ExpertParts } from './expert-parts.js';
import { monotonicClock, pause } from './experts/clock.js';
import type { Log } from './observe/log.js';
import type { Part } from './parts.js';

/** So often somebody looks whether Nomad answers, also when no page is open. */
const LOOK_MS = 15_000;

/**
 * The cluster as the page *Cluster* shows and changes it.
 * @param jobsDir folder of the job files
 * @throws TwinError `TWIN_CONFIG` for `JOB_VARIABLES` that cannot be read
 */
export function clusterParts(
  config: Config,
  jobsDir: string,
  { known }: Pick<ExpertParts, 'known'>,
  log: Log,
): { cluster: Cluster; parts: Part[]; nomad: Nomad | undefined } {
  const nomad = config.NOMAD_ADDR === '' ? undefined : connect(config, log);
  const cluster = new Cluster({
    nomad,
    templates: new Templates(jobsDir, siteVariables(config.JOB_VARIABLES)),
    experts: known,
    here: thisMachine,
    clock: monotonicClock,
  });
  const stop = new AbortController();
  let looking: Promise<void> = Promise.resolve();
  const part: Part = {
    name: 'cluster',
    core: false,
    start: async () => {
      looking = look(cluster, stop.signal);
    },
    health: () => healthOf(cluster),
    close: async () => {
      stop.abort();
      await cluster.close();
      await looking;
    },
  };
  return { cluster, nomad, parts: nomad === undefined ? [] : [part] };
}

function connect(config: Config, log: Log): Nomad {
  const onTrouble = (error: unknown): void => log.warn({ err: error }, 'Nomad is asked again');
  return new Nomad({ ...nomadFromEnv({ ...process.env, NOMAD_ADDR: config.NOMAD_ADDR }), onTrouble });
}

async function look(cluster: Cluster, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await cluster.nodes();
    await pause(monotonicClock, LOOK_MS, signal);
  }
}

function healthOf(cluster: Cluster): { ok: boolean; detail: string } {
  if (cluster.link() === 'ok') return { ok: true, detail: 'Nomad answers.' };
  return { ok: false, detail: 'Nomad does not answer. Check NOMAD_ADDR and that Nomad runs.' };
}

const site = z.record(z.string(), z.unknown());

/** `JOB_VARIABLES` as text: what is no text in it is given as JSON. */
function siteVariables(given: string): Variables {
  if (given === '') return {};
  try {
    const entries = Object.entries(site.parse(JSON.parse(given)));
    return Object.fromEntries(
      entries.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    );
  } catch (cause) {
    throw new TwinError('TWIN_CONFIG', 'JOB_VARIABLES is no JSON object.', {
      next: 'Write it like {"driver": "exec", "build_id": "3.22.1"}, or leave it out.',
      cause,
    });
  }
}
