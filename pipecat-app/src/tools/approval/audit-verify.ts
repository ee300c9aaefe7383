import { createReadStream } from 'node:fs';
import type { z } from 'zod';
import { TwinError } from '../../errors.js';
import type { auditVerdict } from '../../server/protocol.js';
import { ChainCheck } from './audit-chain.js';

const MAX_LINE_BYTES = 1024 * 1024;

export type AuditVerdict = z.infer<typeof auditVerdict>;

/**
 * Reads the whole audit log, one line at a time, up to the first that is wrong. A removed end cannot be seen in the file
 * alone: compare `entries` and `hash` with what was noted elsewhere.
 * @throws TwinError `TWIN_AUDIT` when it cannot be read
 */
export async function verifyAudit(file: string, signal?: AbortSignal): Promise<AuditVerdict> {
  const chain = new ChainCheck();
  let line = 0;
  let rest = '';
  const verdict = (broken: AuditVerdict['broken']): AuditVerdict => ({
    ok: broken === null,
    entries: chain.seq,
    hash: chain.prev,
    broken,
  });
  try {
    for await (const chunk of createReadStream(file, { encoding: 'utf8', signal })) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const each of lines) {
        line++;
        const why = chain.take(each);
        if (why !== undefined) return verdict({ line, why });
      }
      if (rest.length > MAX_LINE_BYTES) return verdict({ line: line + 1, why: 'it is no entry' });
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return verdict(null);
    signal?.throwIfAborted();
    const next = 'Run this as the user that runs the agent.';
    throw new TwinError('TWIN_AUDIT', `${file} cannot be read.`, { next, cause });
  }
  if (rest === '') return verdict(null);
  return verdict({ line: line + 1, why: 'it is unfinished: the agent was ended while it wrote' });
}
