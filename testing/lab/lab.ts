/** `npm run lab`: real Debian machines on this one, for a person and for the tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TwinError, toPublicError } from '@twin/pipecat-app/errors.js';
import { SCENARIOS, scenarioOf } from './all-scenarios.js';
import { defaultName } from './lab-folders.js';
import { closeLab, findLab, keepLab, type Lab } from './open-lab.js';
import { playScenario } from './play-scenario.js';

const USAGE = `usage: npm run lab -- COMMAND

  up [N]                 N Debian machines node1..nodeN (default 3), or N of them beside those that run; they stay
  shell [--user person] NODE [COMMAND]
                         log in, or run a command there
  exec COMMAND...        run a command of this machine inside the lab's network (nodes are 10.77.0.11 and up)
  status                 what runs; exit code 3 when nothing does
  kill NODE              cut its power; its disk stays
  start NODE             switch it on
  reset NODE             give it a clean disk and start it
  freeze NODE, thaw NODE stop its time, let it go on
  unplug NODE, plug NODE its network cable
  loss NODE PERCENT      lose packets on the way to it
  part NODE NODE         let two nodes not reach each other
  heal                   take loss and parts back
  down                   end everything and remove it, disks too

  list                   the scenarios
  run SCENARIO...        each in a lab of its own that is removed afterwards; exit code 1 when one fails

  --keep                 with run: leave the lab of the last scenario there, to look at
  --bpf                  with up: nodes may load eBPF programs
  --share FROM:TO        with up: a folder of this machine that nodes see read-only; may be repeated
  --user person          with shell: an ordinary user, whose password for sudo is person
  --help                 this text

TWIN_LAB names the lab (default twin): labs of different names do not see each other. Needs root.
`;

type Values = ReturnType<typeof parse>['values'];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [command = '', ...rest] = positionals;
  if (values.help || !command) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(stopped()));
  if (command === 'up') return up(Number(rest[0] ?? 3), values, stop.signal);
  if (command === 'down') {
    say((await closeLab(defaultName())) ? 'the lab is down; nothing of it is left' : 'there is no lab');
    return 0;
  }
  if (command === 'list') return list();
  if (command === 'run') return runAll(rest, { keep: values.keep, signal: stop.signal });
  const lab = await findLab(defaultName());
  if (command === 'status') return status(lab);
  if (!lab) throw new TwinError('TWIN_LAB_NONE', `There is no lab ${defaultName()}.`, { next: 'npm run lab -- up 3' });
  return act(lab, command, rest, { values, signal: stop.signal });
}

async function up(nodes: number, { bpf, share }: Values, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  const shares = share.map((pair) => {
    const [from = '', to = from] = pair.split(':');
    return { from, to };
  });
  const lab = await keepLab({ name: defaultName(), nodes, bpf, share: shares, say, signal });
  await status(lab);
  say(`up after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  say(`ssh ${join(lab.folder, 'ssh_config')}`);
  say(`ansible ${join(lab.folder, 'inventory.yaml')}`);
  return 0;
}

async function status(lab: Lab | undefined): Promise<number> {
  if (!lab) {
    say('there is no lab; start one: npm run lab -- up 3');
    return 3;
  }
  for (const node of lab.nodes) say(`${node.name} ${node.address} ${(await node.running()) ? 'runs' : 'is off'}`);
  return 0;
}

function list(): number {
  for (const { name, about, nodes } of SCENARIOS) say(`${name.padEnd(12)} ${nodes} nodes  ${about}`);
  return 0;
}

async function runAll(
  names: readonly string[],
  { keep, signal }: { keep: boolean; signal: AbortSignal },
): Promise<number> {
  const scenarios = names.map(scenarioOf);
  if (scenarios.length === 0)
    throw new TwinError('TWIN_LAB_SCENARIO', 'Which scenario?', { next: 'npm run lab -- list' });
  const lab = `${defaultName()}-run`;
  for (const [index, scenario] of scenarios.entries()) {
    await playScenario(scenario, { lab, keep: keep && index === scenarios.length - 1, say, signal });
  }
  say(`${scenarios.length} passed`);
  return 0;
}

async function act(
  lab: Lab,
  command: string,
  rest: string[],
  { values, signal }: { values: Values; signal: AbortSignal },
): Promise<number> {
  const [first = '', second = ''] = rest;
  if (command === 'exec') return attached([...lab.network.inside, ...rest]);
  if (command === 'heal') {
    await lab.network.heal();
    return 0;
  }
  const node = lab.node(first);
  const acts: Record<string, () => Promise<void>> = {
    kill: () => node.kill(),
    start: () => node.start(signal),
    reset: () => node.reset(signal),
    freeze: () => node.freeze(true),
    thaw: () => node.freeze(false),
    plug: () => node.link(true),
    unplug: () => node.link(false),
    loss: () => lab.network.fault({ kind: 'loss', node: node.name, percent: Number(second) }),
    part: () => lab.network.fault({ kind: 'partition', one: [node.name], other: [lab.node(second).name] }),
  };
  if (command === 'shell') {
    const ssh = ['ssh', '-F', join(lab.folder, 'ssh_config'), '-l', values.user, node.name, '--', ...rest.slice(1)];
    return attached([...lab.network.inside, ...ssh]);
  }
  await acts[command]?.();
  return 0;
}

/** Runs a command on this terminal, and returns its exit code. */
async function attached(command: readonly string[]): Promise<number> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

const COMMANDS = 'up run list shell exec status kill start reset freeze thaw unplug plug loss part heal down'.split(
  ' ',
);

function parse(args: string[]) {
  const options = {
    keep: { type: 'boolean', default: false },
    bpf: { type: 'boolean', default: false },
    share: { type: 'string', multiple: true, default: [] as string[] },
    user: { type: 'string', default: 'root' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  // What comes after `exec` and after a node's name belongs to another program.
  const own = args[0] === 'exec' ? 1 : args[0] === 'shell' ? ownOfShell(args) : args.length;
  try {
    const parsed = parseArgs({ args: args.slice(0, own), options, allowPositionals: true });
    const [command] = parsed.positionals;
    if (command !== undefined && !COMMANDS.includes(command)) throw new Error(`unknown command ${command}`);
    const rest = args.slice(own);
    if (rest[0] === '--') rest.shift();
    return { values: parsed.values, positionals: [...parsed.positionals, ...rest] };
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function ownOfShell(args: string[]): number {
  const node = args.findIndex((word, index) => index > 0 && /^node\d+$/.test(word));
  return node < 0 ? args.length : node + 1;
}

function stopped(): TwinError {
  return new TwinError('TWIN_LAB_STOPPED', 'Stopped.', { next: 'npm run lab -- down removes what there is.' });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { message, next } = error instanceof TwinError ? toPublicError(error) : { message: String(error), next: '' };
  process.stderr.write(`error: ${message}\n${next ? `next:  ${next}\n` : ''}`);
  process.exitCode = 1;
}
