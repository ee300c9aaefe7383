import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../bench/servers.js';
import { part } from '../parts/parts.js';
import { jobFile } from './deploy.js';
import { parseJob } from './run-job.js';
import { type Servers, startServers } from './servers.js';

const run = promisify(execFile);
/** What a job has to be told besides its defaults. */
const REQUIRED: Record<string, Record<string, string>> = {
  'llama-expert': { model_list: '[{"name":"small","file":"small.gguf"}]', build_id: '3.22.1' },
  benchmark: { model_file: 'small.gguf' },
};

describe('the job files', () => {
  let servers: Servers;
  let files: string[];
  beforeAll(async () => {
    servers = await startServers({ only: 'nomad' });
    files = (await readdir(join(ROOT, 'jobs'))).filter((name) => name.endsWith('.nomad.hcl'));
  });
  afterAll(() => servers.close());

  it('Nomad finds every one valid and well formatted, with its defaults and with each driver', async () => {
    expect(files.length).toBeGreaterThanOrEqual(4);
    await run(part('nomad'), ['fmt', '-check', ...files.map((file) => join(ROOT, 'jobs', file))]);
    for (const file of files) {
      for (const driver of ['exec', 'raw_exec']) {
        const variables = { ...REQUIRED[file.replace('.nomad.hcl', '')], driver };
        const flags = Object.entries(variables).flatMap(([name, value]) => ['-var', `${name}=${value}`]);
        const env = { ...process.env, ...servers.env };
        const { stdout } = await run(part('nomad'), ['job', 'validate', ...flags, join(ROOT, 'jobs', file)], { env });
        expect(stdout, file).toContain('Job validation successful');
      }
    }
  });

  it('each begins with its purpose, its variables, its ports and how to run it', async () => {
    for (const file of files) {
      const header = (await readFile(join(ROOT, 'jobs', file), 'utf8')).split('\n\n')[0];
      for (const word of ['# Purpose:', '# Variables:', '# Ports:', '# Run:']) expect(header, file).toContain(word);
    }
  });

  it('an expert has one worker per node, and none of its checks touches the port of a worker', async () => {
    const variables = { ...REQUIRED['llama-expert'], worker_count: '2', job_name: 'writing-expert' };
    const job = (await parseJob(servers.nomad, await jobFile('llama-expert'), variables)) as Job;
    const rpc = job.TaskGroups.find(({ Name }) => Name === 'rpc');
    expect(job.ID).toBe('writing-expert');
    expect(rpc).toMatchObject({
      Count: 2,
      Constraints: [{ Operand: 'distinct_hosts', RTarget: 'true' }],
      Services: [{ Name: 'writing-expert-rpc', Checks: null, Meta: { build: '3.22.1' } }],
    });
  });

  it('an expert without its list of models or its build is refused by name', async () => {
    const text = await jobFile('llama-expert');
    await expect(parseJob(servers.nomad, text, { build_id: '1' })).rejects.toThrow('model_list');
    await expect(parseJob(servers.nomad, text, { model_list: '[]' })).rejects.toThrow('build_id');
  });

  it('the agent is given more settings as a map, and nothing in them is taken for a program of HCL', async () => {
    const settings = { JOB_VARIABLES: `{"driver":"raw_exec","persona":"$\{x} %{if y}"}` };
    const job = (await parseJob(servers.nomad, await jobFile('pipecat-app'), { settings })) as Job;
    expect(job.TaskGroups[0]?.Tasks[0]?.Env).toMatchObject(settings);
  });
});

type Job = { ID: string; TaskGroups: { Name: string; Tasks: { Env: Record<string, string> | null }[] }[] };
