import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '../lab/run-command.js';
import type { BootNetwork } from './boot-network.js';
import type { EmulatedMachine } from './machine.js';
import type { Program } from './program.js';

/** What happens from power on to the installed system, as the service says it; the time of each is a figure. */
export const STEPS = {
  'loader asks': /boots the installer/,
  'initrd asks': /fetched its configuration/,
  partition: /phase partition/,
  unpack: /phase unpack/,
  configure: /phase configure/,
  'boot loader': /phase loader/,
  installed: /is installed/,
  'loader asks again': /boots from its disk \(installed\)/,
  registered: /registered from/,
  'lets the controller in': /lets the controller in/,
} as const;
export type Step = keyof typeof STEPS;

/** Waits for a step of this machine that comes after `from`, ms since 1970; returns when it came. */
export async function reaches(
  network: BootNetwork,
  { mac }: EmulatedMachine,
  program: Program,
  step: Step,
  { signal, from }: { signal: AbortSignal; from: number },
): Promise<number> {
  const line = new RegExp(`${mac}.*${STEPS[step].source}`);
  const { at } = await network.service.says(line, { signal, from }).catch((error: Error) => {
    const screen = program.lines.slice(-25).map(({ text }) => text);
    throw new Error(`${step}: ${error.message}\nits console:\n${screen.join('\n')}`);
  });
  return at;
}

/** Follows a machine that was switched on at `on` through all steps; prints the seconds of each. */
export async function follow(
  network: BootNetwork,
  machine: EmulatedMachine,
  program: Program,
  { signal, on, name }: { signal: AbortSignal; on: number; name: string },
): Promise<void> {
  let from = on;
  const took: string[] = [];
  for (const step of Object.keys(STEPS) as Step[]) {
    from = await reaches(network, machine, program, step, { signal, from });
    took.push(`${step} ${((from - on) / 1000).toFixed(0)} s`);
  }
  console.log(`${name}: ${took.join(', ')}`);
}

/** Signs in at an installed machine as the controller does: its key, and the host key that it registered. */
export async function signIn(
  network: BootNetwork,
  { mac }: EmulatedMachine,
  script: string,
  signal: AbortSignal,
): Promise<string> {
  const { folder, key } = network;
  const journal = (await readFile(join(network.state, 'journal.jsonl'), 'utf8')).trim().split('\n');
  const { address, hostKey } = journal
    .map((line) => JSON.parse(line) as { mac: string; event: { type: string; address: string; hostKey: string } })
    .filter((entry) => entry.mac === mac && entry.event.type === 'registered')
    .map(({ event }) => event)
    .at(-1) ?? { address: '', hostKey: '' };
  const known = join(folder, `known-${mac.replaceAll(':', '')}`);
  await writeFile(known, `${address} ${hostKey}\n`);
  const options = [`UserKnownHostsFile=${known}`, 'ConnectTimeout=60', 'BatchMode=yes'].flatMap((option) => [
    '-o',
    option,
  ]);
  return must(network.inside(['ssh', '-i', key, ...options, `root@${address}`, script]), { signal });
}
