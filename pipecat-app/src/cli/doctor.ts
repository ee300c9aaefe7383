import { Command } from 'commander';
import { readConfig } from '../config.js';
import { toPublicError } from '../errors.js';
import type { Health } from '../server/protocol.js';
import { type Connection, connectionOf } from './connection.js';
import { type Finding, fail, ok, warn } from './findings.js';
import {
  checkCpu,
  checkEngines,
  checkMicrophone,
  checkModels,
  checkNode,
  checkRoom,
  checkSecrets,
  checkTls,
} from './machine-checks.js';
import { print } from './output.js';
import { call } from './rest.js';

const MARK = { ok: '  ok  ', warn: ' warn ', fail: ' FAIL ' } as const;

/** `twin doctor`: looks at the machine and the agent; every finding comes with its fix, exit code 1 when one fails. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look for problems and say how to solve them')
    .action(async (_options, command: Command) => {
      const config = readConfig();
      const findings = (
        await Promise.all([
          checkNode(),
          checkCpu(),
          checkRoom(config.TWIN_MODELS),
          checkEngines(config),
          checkModels(config),
          checkMicrophone(),
          checkTls(config),
          checkSecrets(config.TWIN_HOME),
          checkAgent(await connectionOf(command)),
        ])
      ).flat();
      print(command, findings, findings.map(inText).join(''));
      if (findings.some(({ state }) => state === 'fail')) process.exitCode = 1;
    });
}

const inText = ({ check, state, found, fix }: Finding): string =>
  `${MARK[state]} ${check.padEnd(12)} ${found}\n${fix === '' ? '' : `${' '.repeat(20)}→ ${fix}\n`}`;

async function checkAgent(connection: Connection): Promise<Finding[]> {
  let health: Health;
  try {
    health = await call<Health>(connection, 'GET', '/health', { statuses: [503] });
  } catch (error) {
    const { message, next } = toPublicError(error);
    return [fail('agent', message, next)];
  }
  const broken = Object.entries(health.parts).filter(([, part]) => !part.ok);
  const parts = broken.map(([name, { detail }]) =>
    health.status === 'failed'
      ? fail(name, detail, 'Do what it says; the agent tries again by itself.')
      : warn(name, detail, 'The agent tries again by itself.'),
  );
  const where = `${health.status} at ${connection.endpoint}, version ${health.version}`;
  const agent = health.status === 'failed' ? fail('agent', where, 'See the parts below.') : ok('agent', where);
  const findings = [agent, ...parts];
  if (connection.key === undefined) return [...findings, warn('key', 'no API key', 'Give one with --key or TWIN_KEY.')];
  try {
    const { authDisabled } = await call<{ authDisabled: boolean }>(connection, 'GET', '/api/session');
    findings.push(
      authDisabled
        ? warn('key', 'sign-in is off (AUTH_DISABLED)', 'Only for labs: unset AUTH_DISABLED.')
        : ok('key', 'accepted'),
    );
  } catch (error) {
    const { message, next } = toPublicError(error);
    findings.push(fail('key', message, next));
  }
  return findings;
}
