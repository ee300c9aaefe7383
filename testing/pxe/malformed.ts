import { fileURLToPath } from 'node:url';
import { must } from '../lab/run-command.js';
import type { BootNetwork } from './boot-network.js';

const PROGRAM = fileURLToPath(new URL('./malformed.py', import.meta.url)).replace('/testing/dist/', '/testing/');

/** Sends wrong packets to every port that machines boot by, inside of the network; how many to each. */
export async function malformed(
  { inside }: BootNetwork,
  { each, seed, signal }: { each: number; seed: number; signal: AbortSignal },
): Promise<Record<string, number>> {
  const words = ['python3', '-I', PROGRAM, '10.78.0.1', `${each}`, `${seed}`];
  return JSON.parse(await must(inside(words), { signal })) as Record<string, number>;
}
