import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import type { z } from 'zod';
import type { ApprovalRequest, approvalsAnswer } from '../server/protocol.js';
import { type Connection, connectionOf } from './connection.js';
import { print, table } from './output.js';
import { call } from './rest.js';

const POLL_MS = 1000;

const requests = async (connection: Connection): Promise<ApprovalRequest[]> =>
  (await call<z.infer<typeof approvalsAnswer>>(connection, 'GET', '/api/approvals')).requests;

const words = (list: readonly ApprovalRequest[]): string =>
  table(
    ['ID', 'STATUS', 'TOOL', 'ASKED BY', 'EFFECT', 'ARGUMENTS'],
    list.map(({ id, status, tool, name, door, effect, args }) => [id, status, tool, `${name} (${door})`, effect, args]),
  );

/** `twin approvals list|approve|deny|watch`: what the agent wants to do, and a person's word on it. */
export function approvalsCommand(): Command {
  const approvals = new Command('approvals').description('see and decide what the agent asks consent for');
  const list = async (_options: unknown, command: Command): Promise<void> => {
    const all = await requests(await connectionOf(command));
    print(command, all, words(all));
  };
  approvals.command('list', { isDefault: true }).description('the requests, newest first').action(list);
  for (const decision of ['approve', 'deny'] as const) {
    approvals
      .command(decision)
      .description(`${decision} a request`)
      .argument('<id>', 'see `twin approvals list`')
      .action(async (id: string, _options, command: Command) => {
        const connection = await connectionOf(command);
        const shown = (await requests(connection)).find((each) => each.id === id);
        const body = { decision, digest: shown?.digest ?? '0'.repeat(64) };
        const path = `/api/approvals/${encodeURIComponent(id)}`;
        const after = await call<ApprovalRequest>(connection, 'POST', path, { body });
        print(command, after, `${after.tool} ${after.args}: ${after.status}.\n`);
      });
  }
  approvals
    .command('watch')
    .description('print each request as it comes, until Ctrl+C')
    .action(async (_options, command: Command) => {
      const connection = await connectionOf(command);
      const known = new Set<string>();
      for (;;) {
        const fresh = (await requests(connection)).filter(({ id, status }) => status === 'new' && !known.has(id));
        for (const { id } of fresh) known.add(id);
        if (fresh.length > 0) print(command, fresh, words(fresh));
        await pause(POLL_MS);
      }
    });
  return approvals;
}
