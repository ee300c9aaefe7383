/** `npm run cluster`: a cluster of one machine, for a person at a laptop. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TwinError, toPublicError } from '@twin/pipecat-app/errors.js';
import { ROOT } from '../bench/servers.js';
import { LocalCluster } from './local-cluster.js';

const USAGE = `usage: npm run cluster [-- up|status|down] [-- options]

Starts Consul and Nomad on this machine's loopback address and deploys the default expert (job llamacpp-rpc, service
llama-api-main) and the agent. A second run goes on with what is there.

  up       start what does not run yet (default)
  status   say what runs; exit code 3 when nothing does
  down     end everything and remove its folder

  --port N     the agent's port, when it is free (default 8000)
  --no-agent   the servers and the expert only
  --folder DIR where the cluster lives (default $TWIN_CLUSTER, else ~/.local/share/twin/cluster)
  --help       this text
`;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const command = positionals[0] ?? 'up';
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const cluster = new LocalCluster(values.folder ?? defaultFolder(), say);
  if (command === 'status') {
    const lines = await cluster.status();
    say(lines.length > 0 ? lines.join('\n') : 'no cluster runs; start one: npm run cluster');
    return lines.length > 0 ? 0 : 3;
  }
  if (command === 'down') {
    say((await cluster.down()) ? 'the cluster is down; nothing of it is left' : 'no cluster runs');
    return 0;
  }
  await buildParts();
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(stopped()));
  const agent = !values['no-agent'];
  const {
    agent: page,
    consul,
    nomad,
  } = await cluster.up({ agentPort: Number(values.port), agent, signal: stop.signal });
  say(
    [
      '',
      ...(agent ? [`agent   ${page}`, `sign in ${await cluster.signInLink()} (once, within ten minutes)`] : []),
      `Consul  ${consul}/ui`,
      `Nomad   ${nomad}/ui`,
      `for the command lines: export CONSUL_HTTP_ADDR=${consul} NOMAD_ADDR=${nomad}`,
      'end it: npm run cluster -- down',
    ].join('\n'),
  );
  return 0;
}

function parse(args: string[]) {
  const options = {
    port: { type: 'string', default: '8000' },
    'no-agent': { type: 'boolean', default: false },
    folder: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  try {
    const parsed = parseArgs({ args, options, allowPositionals: true });
    const [command = 'up', ...more] = parsed.positionals;
    if (!['up', 'status', 'down'].includes(command) || more.length > 0) throw new Error(`unknown command ${command}`);
    if (!/^\d{1,5}$/.test(parsed.values.port)) throw new Error(`--port needs a number, not '${parsed.values.port}'`);
    return parsed;
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

/** Builds what is missing of the servers, with its progress on this terminal. */
async function buildParts(): Promise<void> {
  const child = spawn(join(ROOT, 'testing', 'parts', 'parts.sh'), { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) {
    throw new TwinError('TWIN_PART_MISSING', 'The servers are not there.', { next: 'The lines above say why.' });
  }
}

function stopped(): TwinError {
  return new TwinError('TWIN_CLUSTER_STOPPED', 'Stopped.', {
    next: 'npm run cluster goes on from here; npm run cluster -- down removes it.',
  });
}

function defaultFolder(): string {
  const share = process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share');
  return process.env.TWIN_CLUSTER || join(share, 'twin', 'cluster');
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { message, next } = error instanceof TwinError ? toPublicError(error) : { message: String(error), next: '' };
  process.stderr.write(`error: ${message}\n${next ? `next:  ${next}\n` : ''}`);
  process.exitCode = 1;
}
