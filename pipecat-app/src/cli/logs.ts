import { Command } from 'commander';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { Agent, request } from 'undici';
import { TwinError } from '../errors.js';
import { type Connection, connectionOf } from './connection.js';

type Options = { follow: boolean; group?: string; task?: string };

/** `twin logs JOB`: what a job has written; with `-f` also what it writes from now on. */
export function logsCommand(): Command {
  return new Command('logs')
    .description('print the log of a job')
    .argument('<job>', 'see the page Cluster, or `nomad job status`')
    .option('-f, --follow', 'go on with what it writes, and with its next start', false)
    .option('--group <name>', 'another group than the first')
    .option('--task <name>', 'another task than the first')
    .action(async (job: string, options: Options, command: Command) => {
      await printLog(await connectionOf(command), job, options);
    });
}

async function printLog({ endpoint, key, ca }: Connection, job: string, options: Options): Promise<void> {
  const url = new URL(`/api/logs/${encodeURIComponent(job)}`, endpoint);
  url.searchParams.set('follow', String(options.follow));
  for (const name of ['group', 'task'] as const) if (options[name]) url.searchParams.set(name, options[name]);
  const dispatcher = new Agent({ bodyTimeout: 60_000, ...(ca !== undefined && { connect: { ca } }) });
  try {
    const headers = key ? { authorization: `Bearer ${key}` } : {};
    const { statusCode, body } = await request(url, { dispatcher, headers }).catch((cause: unknown) => {
      throw new TwinError('TWIN_UNREACHABLE', `No agent answers at ${endpoint}.`, {
        next: 'Start it with `./bootstrap.sh --local`, or name another address with --endpoint.',
        cause,
      });
    });
    if (statusCode !== 200) throw refused(await body.text(), statusCode);
    const parser = createParser({ onEvent: show });
    const decoder = new TextDecoder();
    for await (const bytes of body) parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }));
  } finally {
    await dispatcher.destroy();
  }
}

/** Lines go where the task wrote them; what the agent says of them goes to standard error. */
function show({ event, data }: EventSourceMessage): void {
  const value = JSON.parse(data) as Record<string, string>;
  if (event === 'log') process[value.stream === 'stderr' ? 'stderr' : 'stdout'].write(value.text ?? '');
  else if (event === 'start')
    process.stderr.write(`-- task ${value.task} on ${value.node}, allocation ${value.allocation}\n`);
  else if (event === 'end') process.stderr.write(`-- ${value.words}\n`);
  else if (event === 'failure') throw new TwinError('TWIN_LOG_BROKEN', value.message ?? '', { next: value.next ?? '' });
}

function refused(text: string, status: number): TwinError {
  const { error } = JSON.parse(text) as { error?: { code: `TWIN_${string}`; message: string; next: string } };
  return new TwinError(error?.code ?? 'TWIN_REFUSED', error?.message ?? `The agent answered with ${status}.`, {
    next: error?.next ?? '',
  });
}
