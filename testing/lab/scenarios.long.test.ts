import { describe, expect, it } from 'vitest';
import { SCENARIOS } from './all-scenarios.js';
import { playScenario } from './play-scenario.js';
import { labImpossible } from './possible.js';

const impossible = await labImpossible();

describe('the scenarios that take minutes', () => {
  it.for(SCENARIOS.filter(({ long }) => long))('$name: $about', async (scenario, { skip }) => {
    const lacks = impossible?.message ?? (await scenario.lacks?.());
    if (lacks) skip(lacks);
    const said: string[] = [];
    await playScenario(scenario, { lab: 'test-long', say: (line) => said.push(line) });
    expect(said.length).toBeGreaterThanOrEqual(scenario.steps.length);
  });
});
