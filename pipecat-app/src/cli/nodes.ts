import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { TwinError } from '../errors.js';

/** In the clone, beside the packages. */
const SCRIPT = fileURLToPath(new URL('../../../scripts/join-token.sh', import.meta.url));

/** `twin nodes token`: how another machine becomes a node. It speaks to no agent, so that it works while none runs. */
export function nodesCommand(script = SCRIPT): Command {
  const token = new Command('token')
    .description('on the first controller, as root: a one-time token with which a machine joins')
    .option('--minutes <n>', 'how long it is good')
    .option('--list', 'tokens that are good still')
    .option('--revoke <id>', 'take one back')
    .action((options: { minutes?: string; list?: true; revoke?: string }) => run(script, options));
  return new Command('nodes').description('machines of the cluster').addCommand(token);
}

/** @throws TwinError `TWIN_NODES_TOKEN` where there is no clone. The script's own words and exit code are passed on. */
async function run(
  script: string,
  { minutes, list, revoke }: { minutes?: string; list?: true; revoke?: string },
): Promise<void> {
  if (!existsSync(script)) {
    throw new TwinError('TWIN_NODES_TOKEN', 'Tokens are made from the clone that the cluster was made from.', {
      next: 'On the first controller, in that folder: sudo scripts/join-token.sh',
    });
  }
  const args = [
    ...(minutes === undefined ? [] : ['--minutes', minutes]),
    ...(list ? ['--list'] : []),
    ...(revoke === undefined ? [] : ['--revoke', revoke]),
  ];
  const child = spawn(script, args, { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  process.exitCode = code ?? 1;
}
