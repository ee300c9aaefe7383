import { describe, expect, it } from 'vitest';
import { SCENARIOS, scenarioOf } from './all-scenarios.js';
import { playScenario } from './play-scenario.js';
import { labImpossible } from './possible.js';

const impossible = await labImpossible();

describe('the scenarios', () => {
  it('have names of their own', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    for (const scenario of SCENARIOS) expect(scenarioOf(scenario.name)).toBe(scenario);
    expect(() => scenarioOf('none')).toThrow(/no scenario none/);
  });

  it.for(SCENARIOS.filter(({ long }) => !long))('$name: $about', async (scenario, { skip }) => {
    if (impossible) skip(impossible.message);
    const said: string[] = [];
    await playScenario(scenario, { lab: 'test-scenario', say: (line) => said.push(line) });
    expect(said).toHaveLength(scenario.steps.length + 2);
  });
});
