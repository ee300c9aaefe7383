import { TwinError } from '@twin/pipecat-app/errors.js';
import type { Scenario } from './scenario.js';
import { nodes } from './scenarios/nodes.js';
import { partition } from './scenarios/partition.js';
import { powerCut } from './scenarios/power-cut.js';

/** Every scenario of the lab. */
export const SCENARIOS: readonly Scenario[] = [nodes, powerCut, partition];

/** @throws TwinError `TWIN_LAB_SCENARIO` */
export function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS.find((candidate) => candidate.name === name);
  if (scenario) return scenario;
  throw new TwinError('TWIN_LAB_SCENARIO', `There is no scenario ${name}.`, { next: 'npm run lab -- list' });
}
