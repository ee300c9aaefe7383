import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { llmThat } from '../experts/broken-llm.fixture.js';
import type { Clock } from '../experts/clock.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { ToolRegistry } from '../tools/registry.js';
import type { Tool } from '../tools/tool.js';
import { Rehearsal } from '../voice/rehearsal.fixture.js';
import { TwinService, type TwinServiceParts } from './twin-service.js';

export type WholeSession = {
  stage: Rehearsal;
  /** Says it, and gives the agent so long to answer, in ms. */
  say(words: string, ms?: number): Promise<void>;
  /** What the agent said to the end since the last time this was asked, one string per turn. */
  said(): string[];
};

/**
 * A voice session in virtual time with the real turn machine, mind and registry: `tools`, and `commands` of the file of
 * commands. What is not among them, the language model answers with "I heard you."
 */
export function wholeSession(
  commands: readonly { call: string; args?: object; say: readonly string[] }[],
  tools: (clock: Clock) => readonly Tool[],
  parts: Partial<Pick<TwinServiceParts, 'approvals' | 'late' | 'now'>> & {
    consent?: ConstructorParameters<typeof ToolRegistry>[1];
  } = {},
): WholeSession {
  const promptsDir = temporaryFolder();
  writeFileSync(join(promptsDir, 'commands.yaml'), JSON.stringify({ hints: '', lists: {}, commands }));
  writeFileSync(join(promptsDir, 'router.txt'), 'You are Twin.');
  const llm = llmThat(async function* () {
    yield 'I heard you.';
  });
  const { consent, ...others } = parts;
  const stage = new Rehearsal({
    mind: (clock) => {
      const registry = new ToolRegistry(tools(clock), consent);
      const mind = new TwinService({ llm, registry, promptsDir, clock, ...others });
      onTestFinished(() => mind.close());
      return mind;
    },
  });
  onTestFinished(() => stage.session.close());
  let told = 0;
  return {
    stage,
    say: async (words, ms = 6000) => {
      stage.hears.push(words);
      await stage.voice(1000);
      await stage.silence(ms);
    },
    said: () => {
      const fresh = stage.records.slice(told).map(({ answer }) => answer);
      told = stage.records.length;
      return fresh.filter((answer) => answer !== '');
    },
  };
}
