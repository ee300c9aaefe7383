import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { TwinError } from '../errors.js';
import { inWords } from '../lifetime.js';
import { keysCommand, signInCommand } from './access.js';
import { approvalsCommand } from './approvals.js';
import { auditCommand } from './audit.js';
import { chat } from './chat.js';
import { connectionOf } from './connection.js';
import { doctorCommand } from './doctor.js';
import { expertsCommand } from './experts.js';
import { logsCommand } from './logs.js';
import { mcpCommand } from './mcp.js';
import { memoryCommand } from './memory.js';
import { modelsCommand } from './models.js';
import { nodesCommand } from './nodes.js';
import { sendCommand } from './send.js';
import { statusCommand } from './status.js';
import { talkCommand } from './talk.js';

const EXAMPLES = `
Examples:
  twin                              type with the agent of this machine
  twin send what time is it
  twin talk                         speak with it
  twin talk --wav in.wav --json     play it a file, one JSON line per event
  twin signin                       a sign-in link for the browser
  twin experts plan                 which language model fits here, and how fast it will be
  twin doctor                       what is wrong, and what to do about it

Exit codes: 0 done, 1 failed, 2 wrong usage.`;

const USAGE_CODES = new Set(['TWIN_USAGE', 'TWIN_CONFIG']);

/** The `twin` command with all that hangs on it. */
export function program(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const twin = new Command('twin')
    .description('Talk, type and look after a Twin agent')
    .version(version, '-v, --version')
    .option('--endpoint <url>', 'address of the agent (TWIN_ENDPOINT)')
    .option('--key <key>', 'API key (TWIN_KEY); on the machine of the agent its own is found')
    .option('--ca <file>', 'certificate authority of the agent (TWIN_CA)')
    .addOption(new Option('-o, --output <form>', 'form of the output').choices(['table', 'json']))
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments()
    .action(async (_options, command: Command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) command.error(`error: there is no command '${unknown}'`);
      const terminal = { input: process.stdin, output: process.stdout, interactive: process.stdin.isTTY === true };
      await chat(await connectionOf(command), terminal, new AbortController().signal);
    });
  for (const command of [
    talkCommand(),
    sendCommand(),
    statusCommand(),
    signInCommand(),
    keysCommand(),
    expertsCommand(),
    logsCommand(),
    nodesCommand(),
    memoryCommand(),
    modelsCommand(),
    approvalsCommand(),
    auditCommand(),
    mcpCommand(),
    doctorCommand(),
  ]) {
    twin.addCommand(command);
  }
  overrideExit(twin);
  return twin;
}

/** Runs the command line; failures are told in words and in `process.exitCode`. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    process.stderr.write(`${inWords(error)}\n`);
    process.exitCode = error instanceof TwinError && USAGE_CODES.has(error.code) ? 2 : 1;
  }
}

function overrideExit(command: Command): void {
  command.exitOverride().showHelpAfterError('Add --help to see how it is used.');
  for (const each of command.commands) overrideExit(each);
}
