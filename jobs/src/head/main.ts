import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConsulAgent, type Instance } from '../consul-agent.js';
import { explain, JobError } from '../job-error.js';
import { stopSignal } from '../stop-signal.js';
import { announce, expertKey, serviceId } from './announce.js';
import { serverArguments } from './arguments.js';
import { checkBuild } from './build.js';
import { type LlamaServer, startLlama } from './llama-server.js';
import { obstacle } from './models.js';
import { type HeadSettings, type ModelEntry, readSettings } from './settings.js';
import { waitForWorkers } from './workers.js';

/**
 * The head of an expert: finds its RPC workers, serves the first model of the list that works, tells Consul, and stays until
 * the server ends or it is told to stop. Exit code 0 only when it was told to.
 */
async function run(settings: HeadSettings, consul: ConsulAgent, signal: AbortSignal): Promise<void> {
  checkBuild(await readFile(join(settings.llamaDir, 'BUILD'), 'utf8').catch(() => ''), settings);
  const { rpcService, workerCount, rpcWaitS, buildId } = settings;
  if (workerCount > 0) log(`waiting up to ${rpcWaitS} s for ${workerCount} RPC worker(s) in ${rpcService}`);
  const workers = await waitForWorkers(
    consul,
    { service: rpcService, count: workerCount, waitS: rpcWaitS, buildId },
    signal,
  );
  if (workers.length < workerCount) log(`going on with ${workers.length} of ${workerCount} RPC worker(s)`);

  const { model, server } = await firstThatServes(settings, workers, signal);
  try {
    const announcement = await announce(consul, settings, model, new Date());
    log(`${settings.service} serves ${model.name} on ${settings.host}:${settings.port}`);
    const how = await Promise.race([server.ended, aborted(signal)]);
    await announcement.withdraw(how);
    if (how)
      throw new JobError(
        'TWIN_EXPERT_ENDED',
        `llama-server ${how}.`,
        'Nomad starts it again; its last words are above.',
      );
  } finally {
    await server.stop();
  }
}

/** @throws JobError `TWIN_EXPERT_NO_MODEL` with the reason of every model */
async function firstThatServes(
  settings: HeadSettings,
  workers: readonly Instance[],
  signal: AbortSignal,
): Promise<{ model: ModelEntry; server: LlamaServer }> {
  const reasons: string[] = [];
  for (const model of settings.models) {
    const why =
      (await obstacle(model, settings, workers.length, signal)) ??
      (await startLlama(
        {
          program: join(settings.llamaDir, 'llama-server'),
          args: serverArguments(settings, model, workers),
          base: `http://${settings.host}:${settings.port}`,
          startTimeoutS: settings.startTimeoutS,
        },
        signal,
      ));
    if (typeof why !== 'string') return { model, server: why };
    log(`not ${model.name}: ${why}`);
    reasons.push(`${model.name}: ${why}`);
  }
  throw new JobError(
    'TWIN_EXPERT_NO_MODEL',
    `None of the ${reasons.length} model(s) of ${settings.service} serves:\n  ${reasons.join('\n  ')}`,
    'Put one of these files in place (twin models pull), or add a smaller model at the end of the list.',
  );
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

function log(line: string): void {
  process.stdout.write(`head: ${line}\n`);
}

const signal = stopSignal();
const consul = ConsulAgent.fromEnv(process.env);
let settings: HeadSettings | undefined;
try {
  settings = readSettings(process.env);
  // A head that was killed could not take its service back.
  await consul.deregister(serviceId(settings));
  await run(settings, consul, signal);
} catch (error) {
  if (signal.aborted) {
    // What an earlier attempt left would look like a dead expert.
    if (settings) await consul.remove(expertKey(settings.expert)).catch(() => undefined);
  } else {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
    if (settings && !(error instanceof JobError && error.code === 'TWIN_EXPERT_ENDED'))
      await tellFailure(settings, error);
  }
}

/** Leaves the reason where the health check and the agent find it. */
async function tellFailure({ expert }: HeadSettings, error: unknown): Promise<void> {
  const why = error instanceof Error ? error.message : String(error);
  const state = { model: '', degraded: true, since: new Date().toISOString(), error: why };
  await consul.put(expertKey(expert), JSON.stringify(state)).catch(() => undefined);
}
