import { availableParallelism, cpus, hostname, totalmem } from 'node:os';
import type { NodeView } from '../server/cluster-protocol.js';

const MIB = 1024 * 1024;

/** The machine of the agent, which is the only node where there is no cluster. */
export const thisMachine = (): NodeView => ({
  state: 'awake',
  words: 'The agent runs here.',
  id: '',
  name: hostname(),
  address: '',
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? '',
  memory_mb: Math.round(totalmem() / MIB),
  jobs: [],
});
