import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { readConfig } from '@twin/pipecat-app/config.js';
import { loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import { expect, it } from 'vitest';
import { ROOT } from '../bench/servers.js';
import { llamaFolder } from '../parts/parts.js';
import { deployExpert, jobFile, oneOf, treeVariables } from './deploy.js';
import { freePorts } from './ports.js';
import { runJob } from './run-job.js';
import { startServers } from './servers.js';
import { outcomeOf } from './task-log.js';
import { until } from './until.js';

const NOBODY = 65_534;

/** As the role pipecatapp has it: programs and models are volumes, tasks run as an ordinary user. */
it('under the exec driver expert, health check and agent run out of volumes, as nobody', async (ctx) => {
  if (process.getuid?.() !== 0) ctx.skip('the exec driver needs root');
  const { TWIN_MODELS, TWIN_ENGINES } = readConfig();
  const { model, path } = await new ModelStore(TWIN_MODELS, loadCatalogue()).firstUsable('llm');
  const home = await mkdtemp(join(tmpdir(), 'twin-home-'));
  await chown(home, NOBODY, NOBODY);
  const read = { app: resolve(ROOT), llama: llamaFolder(), engines: TWIN_ENGINES, models: dirname(path) };
  const servers = await startServers({ chroot: [process.execPath], volumes: { ...read, home } });
  try {
    const common = { driver: 'exec', user: 'nobody', volumes: read };
    const models = [{ name: model.name, file: basename(path), sha256: model.sha256 }];
    const variables = { ...common, slots_dir: '', memory_mb: '900', rpc_memory_mb: '600' };
    await deployExpert(servers, { models, modelsDir: dirname(path), workers: 1, variables });
    expect((await oneOf(servers, 'llama-api-main', 180_000)).meta.degraded).toBe('false');

    const site = { ...treeVariables(servers), ...common };
    const evaluation = await runJob(servers.nomad, await jobFile('health-check'), site);
    const { exitCode, output } = await outcomeOf(servers, { job: 'health-check', task: 'check', evaluation }, 120_000);
    expect(output).toMatch(/^main .* ok$/m);
    expect(exitCode).toBe(0);

    await runJob(servers.nomad, await jobFile('pipecat-app'), {
      ...site,
      http_port: String((await freePorts(1))[0]),
      nomad_addr: servers.nomad,
      home_dir: home,
      home_volume: 'home',
      models_dir: TWIN_MODELS,
      engines_dir: TWIN_ENGINES,
    });
    await until("The agent's key in its volume", () => existsSync(join(home, 'admin.key')), { patienceMs: 60_000 });
  } finally {
    await servers.close();
    await rm(home, { recursive: true, force: true });
  }
});
