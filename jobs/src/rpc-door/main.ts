import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { ConsulAgent } from '../consul-agent.js';
import { explain, JobError } from '../job-error.js';
import { stopSignal } from '../stop-signal.js';
import { Door } from './door.js';
import { type Opening, rules } from './openings.js';

/**
 * Lets the heads of experts, and nobody else, in to the RPC workers of this node; the firewall is closed to these ports otherwise. A unit of
 * systemd starts it with CAP_NET_ADMIN and nothing else. SIGHUP: the table was loaded anew.
 */
const NFT = '/usr/sbin/nft';

function nft(openings: readonly Opening[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(NFT, ['-f', '-'], (cause, _, stderr) => {
      if (!cause) return resolve();
      const next = 'Is it loaded? systemctl status twin-firewall';
      reject(
        new JobError(
          'TWIN_RPC_DOOR',
          `The firewall's table does not take who is let in: ${stderr.trim()}`,
          next,
          cause,
        ),
      );
    });
    // A program that cannot be started has said so above.
    child.stdin?.on('error', () => undefined).end(rules(openings));
  });
}

try {
  const { TWIN_NODE = hostname(), CREDENTIALS_DIRECTORY, CONSUL_HTTP_ADDR = '127.0.0.1:8500' } = process.env;
  const token = CREDENTIALS_DIRECTORY ? (await readFile(`${CREDENTIALS_DIRECTORY}/consul_token`, 'utf8')).trim() : '';
  const consul = new ConsulAgent(CONSUL_HTTP_ADDR, token);
  const log = (line: string): boolean => process.stdout.write(`${line}\n`);
  const door = new Door({ consul, node: TWIN_NODE, apply: nft, log });
  process.on('SIGHUP', () => door.again());
  await door.run(stopSignal());
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
