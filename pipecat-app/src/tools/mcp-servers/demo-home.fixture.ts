import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The demo server as a program; children need compiled code. */
export const DEMO = fileURLToPath(new URL('demo-server.fixture.js', import.meta.url.replace('/src/', '/dist/')));

/** A TWIN_HOME with an `mcp.json`, and what the demo server there was really asked to do. */
export type DemoHome = {
  folder: string;
  file: string;
  log: string;
  /** `demo` as a child process, with more fields of its entry. */
  stdio(more?: object): object;
  configure(servers: Record<string, object>, mode?: number): void;
  /** One line for each call that the server ran, and for each that was cancelled. */
  ran(): string[];
  /** How many servers have ended in order. */
  ended(): number;
  breakServer(broken: boolean): void;
};

export function demoHome(folder: string): DemoHome {
  const file = join(folder, 'mcp.json');
  const log = join(folder, 'demo.log');
  const lines = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
  const home: DemoHome = {
    folder,
    file,
    log,
    stdio: (more = {}) => ({ command: process.execPath, args: [DEMO, 'stdio', log], ...more }),
    configure: (mcpServers, mode = 0o600) => writeFileSync(file, JSON.stringify({ mcpServers }), { mode }),
    ran: () => lines().filter((line) => line !== 'bye'),
    ended: () => lines().filter((line) => line === 'bye').length,
    breakServer: (broken) => (broken ? writeFileSync(`${log}.broken`, '') : rmSync(`${log}.broken`)),
  };
  return home;
}

/** The demo server by HTTP on loopback. `port`: 0 for a free one. */
export async function demoByHttp(log: string, port = 0): Promise<{ url: string; end(): Promise<void> }> {
  const child = spawn(process.execPath, [DEMO, 'http', log, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer];
  return {
    url: line.toString().trim(),
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Whether process `pid` still runs; one that has ended and waits for its parent does not. */
export function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
