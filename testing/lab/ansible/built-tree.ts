import { dirname } from 'node:path';
import { readConfig } from '@twin/pipecat-app/config.js';
import { ROOT } from '../../bench/servers.js';
import { llamaFolder } from '../../parts/parts.js';
import type { LabNode } from '../lab-node.js';
import type { LabOptions } from '../open-lab.js';
import { on } from './on-node.js';

/** What this machine has built, where a node has it: this work tree, Node.js, llama.cpp, the engines and the models. */
export function builtTree(): NonNullable<LabOptions['share']> {
  const { TWIN_MODELS, TWIN_ENGINES } = readConfig();
  return [
    { from: ROOT.replace(/\/$/, ''), to: '/opt/twin/app' },
    { from: dirname(dirname(process.execPath)), to: '/opt/twin/node' },
    { from: llamaFolder(), to: '/opt/twin/llama' },
    { from: TWIN_ENGINES, to: '/opt/twin/engines' },
    { from: TWIN_MODELS, to: '/opt/nomad/models' },
  ];
}

/** Debian's packages that the agent calls. */
export async function agentPackages(node: LabNode): Promise<void> {
  const packages = 'espeak-ng bubblewrap libopenblas0-pthread libgomp1';
  await on(node, `DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends ${packages} >/dev/null`);
}
