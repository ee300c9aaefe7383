import { Command } from 'commander';
import type { OpenSession } from '../agent.js';
import type { Health } from '../server/protocol.js';
import { connectionOf } from './connection.js';
import { print, table } from './output.js';
import { call } from './rest.js';

type Status = Health & { uptime_s: number; rss_mb: number; auth_disabled: boolean; sessions: OpenSession[] };

/** `twin status`: every part of the agent in words; exit code 1 when a core part does not work. */
export function statusCommand(): Command {
  return new Command('status').description('show how the agent is').action(async (_options, command: Command) => {
    const { endpoint, ...rest } = await connectionOf(command);
    const status = await call<Status>({ endpoint, ...rest }, 'GET', '/api/status');
    const rows = Object.entries(status.parts).map(([name, { ok, detail }]) => [name, ok ? 'ok' : 'not ok', detail]);
    const experts = status.experts.map(({ name, ok, detail }) => [name, ok ? 'ok' : 'not ok', detail]);
    const head = `Twin ${status.version} at ${endpoint}: ${status.status}, up ${hours(status.uptime_s)}, ${status.rss_mb} MB, ${status.sessions.length} open conversation(s)\n`;
    const warning = status.auth_disabled ? 'Sign-in is off (AUTH_DISABLED).\n' : '';
    print(command, status, `${head}${warning}\n${table(['PART', 'STATE', 'DETAIL'], [...rows, ...experts])}`);
    if (status.status === 'failed') process.exitCode = 1;
  });
}

function hours(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
