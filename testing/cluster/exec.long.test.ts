import { basename, dirname, join } from 'node:path';
import { readConfig } from '@twin/pipecat-app/config.js';
import { loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import { expect, it } from 'vitest';
import { ROOT } from '../bench/servers.js';
import { llamaFolder } from '../parts/parts.js';
import { deployExpert, jobFile, oneOf, treeVariables } from './deploy.js';
import { runJob } from './run-job.js';
import { startServers } from './servers.js';
import { outcomeOf } from './task-log.js';

it('under the exec driver an expert with a worker serves out of a small root of its own, and the health check passes', async (ctx) => {
  if (process.getuid?.() !== 0) ctx.skip('the exec driver needs root');
  const store = new ModelStore(readConfig().TWIN_MODELS, loadCatalogue());
  const { model, path } = await store.firstUsable('llm');
  const servers = await startServers({ chroot: [process.execPath, join(ROOT, 'jobs'), llamaFolder(), path] });
  try {
    const models = [{ name: model.name, file: basename(path), sha256: model.sha256 }];
    const variables = { driver: 'exec', memory_mb: '900', rpc_memory_mb: '600' };
    await deployExpert(servers, { models, modelsDir: dirname(path), workers: 1, variables });
    expect((await oneOf(servers, 'llama-api-main', 180_000)).meta.degraded).toBe('false');
    const evaluation = await runJob(servers.nomad, await jobFile('health-check'), {
      ...treeVariables(servers),
      driver: 'exec',
    });
    const { exitCode, output } = await outcomeOf(servers, { job: 'health-check', task: 'check', evaluation }, 120_000);
    expect(output).toMatch(/^main .* ok$/m);
    expect(exitCode).toBe(0);
  } finally {
    await servers.close();
  }
});
