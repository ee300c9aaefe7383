import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConsulAgent, type Instance } from '../consul-agent.js';
import { explain, JobError, messageOf } from '../job-error.js';
import { stopSignal } from '../stop-signal.js';
import { announce, expertKey, serviceId } from './announce.js';
import { serverArguments } from './arguments.js';
import { checkBuild } from './build.js';
import { type CheckedSlot, KeptSlots } from './kept-slots.js';
import { type LlamaServer, startLlama } from './llama-server.js';
import { modelFile, obstacle } from './models.js';
import { type HeadSettings, type ModelEntry, readSettings } from './settings.js';
import { identityOf } from './slot-manifest.js';
import { SlotServer } from './slot-server.js';
import { waitForWorkers } from './workers.js';

/** Time for all slots; less than Nomad gives before it kills. */
const SAVE_MS = 15_000;

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

  const { model, server, kept, checked } = await firstThatServes(settings, workers, signal);
  try {
    const restored = (await kept?.restore(signal, checked)) ?? 0;
    if (restored > 0) log(`${restored} slot(s) go on where they were`);
    const announcement = await announce(consul, settings, model, new Date());
    log(`${settings.service} serves ${model.name} on ${settings.host}:${settings.port}`);
    const how = await Promise.race([server.ended, aborted(signal)]);
    await announcement.withdraw(how);
    if (how === undefined) await saved(kept);
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
): Promise<{ model: ModelEntry; server: LlamaServer; kept: KeptSlots | undefined; checked: CheckedSlot[] }> {
  const reasons: string[] = [];
  for (const model of settings.models) {
    let why: string | LlamaServer | undefined = await obstacle(model, settings, workers.length, signal);
    if (why === undefined) {
      const kept = await keptSlots(settings, model, workers.length);
      // The files are read while the model loads: whoever waits for the answer does not wait for them.
      const checking = kept?.check(signal).catch((): CheckedSlot[] => []) ?? Promise.resolve([]);
      why = await startLlama(
        {
          program: join(settings.llamaDir, 'llama-server'),
          args: serverArguments(settings, model, workers),
          base: `http://${settings.host}:${settings.port}`,
          startTimeoutS: settings.startTimeoutS,
          proven: checking.then((slots) => slots.some((slot) => 'tokens' in slot)),
        },
        signal,
      );
      const checked = await checking;
      if (typeof why !== 'string') return { model, server: why, kept, checked };
    }
    log(`not ${model.name}: ${why}`);
    reasons.push(`${model.name}: ${why}`);
  }
  throw new JobError(
    'TWIN_EXPERT_NO_MODEL',
    `None of the ${reasons.length} model(s) of ${settings.service} serves:\n  ${reasons.join('\n  ')}`,
    'Put one of these files in place (twin models pull), or add a smaller model at the end of the list.',
  );
}

async function keptSlots(settings: HeadSettings, model: ModelEntry, workers: number): Promise<KeptSlots | undefined> {
  const { slotsDir: dir, slotsMb, host, port, modelsDir } = settings;
  if (dir === '') return undefined;
  const identity = identityOf(settings, model, await modelFile(model, modelsDir), workers);
  const server = new SlotServer(`http://${host}:${port}`);
  return new KeptSlots({ dir, server, identity, maxBytes: slotsMb * 2 ** 20, log });
}

/** What cannot be kept is evaluated again: no reason to fail. */
async function saved(kept: KeptSlots | undefined): Promise<void> {
  try {
    const count = (await kept?.save(AbortSignal.timeout(SAVE_MS))) ?? 0;
    if (count > 0) log(`${count} slot(s) are kept`);
  } catch (error) {
    log(`no slots are kept: ${messageOf(error)}`);
  }
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
  // What slots hold was said by somebody.
  process.umask(0o077);
  if (settings.slotsDir !== '') settings = await withSlotsDir(settings);
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

/** Each expert keeps its slots in a folder of its own; where that cannot be, it goes without. */
async function withSlotsDir(its: HeadSettings): Promise<HeadSettings> {
  const slotsDir = join(its.slotsDir, its.service);
  if (await KeptSlots.prepare(slotsDir)) return { ...its, slotsDir };
  log(`slots are not kept: ${slotsDir} cannot be written`);
  return { ...its, slotsDir: '' };
}

/** Leaves the reason where the health check and the agent find it. */
async function tellFailure({ expert }: HeadSettings, error: unknown): Promise<void> {
  const why = messageOf(error);
  const state = { model: '', degraded: true, since: new Date().toISOString(), error: why };
  await consul.put(expertKey(expert), JSON.stringify(state)).catch(() => undefined);
}
