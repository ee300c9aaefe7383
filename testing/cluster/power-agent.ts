import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePorts } from './ports.js';
import type { Servers } from './servers.js';
import { until } from './until.js';

const MAIN = fileURLToPath(new URL('../../power-agent/dist/main.js', import.meta.url));

type Health = {
  ok: boolean;
  source: string;
  sees: boolean;
  services: { service: string; state: string; act: string; reason: string; idleSeconds: number }[];
};

/** The power agent as Nomad runs it, on the loopback interface of this machine. */
export type RunningAgent = {
  health(): Promise<Health>;
  metrics(): Promise<string>;
  /** `SIGTERM` waits until it has cleaned up; `SIGKILL` leaves it no time for that. */
  stop(by?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  output(): string;
};

export async function startPowerAgent(
  servers: Pick<Servers, 'env'>,
  settings: Record<string, string>,
): Promise<RunningAgent> {
  const [port] = await freePorts(1);
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ...servers.env,
    ...{ TWIN_NODE: 'loopback', POWER_PORT: `${port}`, POWER_INTERFACES: 'lo', POWER_TICK_MS: '200' },
    ...{ POWER_IDLE_SECONDS: '0', POWER_MIN_AWAKE_SECONDS: '0', POWER_SLEEPS_PER_HOUR: '60' },
    ...settings,
  };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text));
  const closed = once(child, 'close');
  const get = async (path: string): Promise<Response> => {
    if (child.exitCode !== null) throw new Error(output);
    return fetch(`http://127.0.0.1:${port}${path}`);
  };
  const agent: RunningAgent = {
    health: async () => (await get('/health')).json() as Promise<Health>,
    metrics: async () => (await get('/metrics')).text(),
    output: () => output,
    async stop(by = 'SIGTERM') {
      child.kill(by);
      const [code] = (await closed) as [number | null];
      return code;
    },
  };
  await until('the power agent', async () => (await agent.health()).ok);
  return agent;
}
