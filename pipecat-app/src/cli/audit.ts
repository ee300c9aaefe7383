import { join } from 'node:path';
import { Command } from 'commander';
import { readConfig } from '../config.js';
import type { AuditEntry } from '../tools/approval/audit-chain.js';
import { verifyAudit } from '../tools/approval/audit-verify.js';
import { connectionOf } from './connection.js';
import { print, table } from './output.js';
import { call } from './rest.js';

/** `twin audit`: what was decided and done; `twin audit verify`: whether the file of this machine is whole. */
export function auditCommand(): Command {
  const audit = new Command('audit').description('show what was decided and done').action(async (_options, command) => {
    const { entries } = await call<{ entries: AuditEntry[] }>(await connectionOf(command), 'GET', '/api/audit');
    const rows = entries.map(({ seq, at, what, details }) => [
      ...[String(seq), at, what, details.tool ?? '', details.by ?? details.name ?? ''],
      details.args ?? details.note ?? '',
    ]);
    print(command, entries, table(['NO', 'TIME', 'WHAT', 'TOOL', 'WHO', 'DETAILS'], rows));
  });
  audit
    .command('verify')
    .description('check the hash chain of the audit log of this machine; exit code 1 when it is broken')
    .action(async (_options, command: Command) => {
      const verdict = await verifyAudit(join(readConfig().TWIN_HOME, 'audit.jsonl'));
      const { entries, hash, broken } = verdict;
      const text = broken
        ? `Line ${broken.line}: ${broken.why}.\n`
        : `${entries} entries, none changed. Last: ${hash}\n`;
      print(command, verdict, text);
      if (broken) process.exitCode = 1;
    });
  return audit;
}
