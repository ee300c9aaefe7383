import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PowerBoard } from '@twin/pipecat-app/cluster/power-board.js';
import { clusterParts } from '@twin/pipecat-app/cluster-parts.js';
import { readConfig } from '@twin/pipecat-app/config.js';
import { expertParts } from '@twin/pipecat-app/expert-parts.js';
import { monotonicClock } from '@twin/pipecat-app/experts/clock.js';
import type { Llm } from '@twin/pipecat-app/experts/llm.js';
import { createLog } from '@twin/pipecat-app/observe/log.js';
import { openEchoAgent } from '@twin/pipecat-app/server/echo-agent.fixture.js';
import { approvalStage } from '@twin/pipecat-app/tools/approval/approvals.fixture.js';
import { powerTool } from '@twin/pipecat-app/tools/power/power.js';
import { ToolRegistry } from '@twin/pipecat-app/tools/registry.js';
import { ROOT } from '../bench/servers.js';
import type { Servers } from './servers.js';

/** The doors of an agent that belongs to a cluster, for an operator. */
export type ClusteredAgent = {
  get<T>(path: string): Promise<T>;
  /** Throws an Error that begins with the code of the refusal. */
  post<T>(path: string, body: object): Promise<T>;
  put<T>(path: string, body: object): Promise<T>;
  /** What a job has written so far. */
  log(job: string): Promise<string>;
  close(): Promise<void>;
};

/** No language model of its own: everything that answers is in the cluster. */
const none: Llm = {
  model: '',
  seam: 'loose',
  start: async () => undefined,
  prepare: async () => undefined,
  // biome-ignore lint/correctness/useYield: it has nothing to say
  async *stream() {
    throw new Error('there is no model');
  },
  lastAnswer: () => undefined,
  health: () => ({ ok: false, detail: '' }),
  close: async () => undefined,
};

/** @param variables the cluster's own values of the variables of job files */
export async function agentOnCluster(servers: Servers, variables: Record<string, string>): Promise<ClusteredAgent> {
  const home = await mkdtemp(join(tmpdir(), 'twin-agent-'));
  const env = { ...servers.env, TWIN_HOME: home, JOB_VARIABLES: JSON.stringify(variables), TWIN_LOG_LEVEL: 'silent' };
  const config = readConfig(env);
  const log = createLog('silent');
  const experts = expertParts(config, join(ROOT, 'prompts'), none, log);
  const { cluster, parts } = clusterParts(config, join(ROOT, 'jobs'), experts, log);
  const llm = { name: 'llm', core: false, health: () => experts.llm.health(), close: () => experts.llm.close() };
  const { approvals } = approvalStage();
  const tools = new ToolRegistry([powerTool(experts.power)], { consent: approvals });
  const power = new PowerBoard({
    kv: experts.power?.kv,
    experts: () => cluster.experts(),
    clock: monotonicClock,
    now: Date.now,
  });
  const echo = await openEchoAgent(env, { cluster, power, tools, approvals, parts: [llm, experts.part, ...parts] });
  const headers = { authorization: `Bearer ${echo.keys.operator}`, 'content-type': 'application/json' };
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(echo.url + path, { ...init, headers });
    if (response.ok) return response;
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    throw new Error(`${error.code} ${error.message}`);
  };
  const send = async <T>(method: string, path: string, body: object): Promise<T> =>
    (await call(path, { method, body: JSON.stringify(body) })).json() as Promise<T>;
  return {
    get: async <T>(path: string) => (await call(path)).json() as Promise<T>,
    post: (path, body) => send('POST', path, body),
    put: (path, body) => send('PUT', path, body),
    log: async (job) => (await call(`/api/logs/${job}?follow=false`)).text(),
    async close() {
      await echo.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
