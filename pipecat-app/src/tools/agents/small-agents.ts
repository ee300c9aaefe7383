import { z } from 'zod';
import type { TwinError } from '../../errors.js';
import { StateFile } from '../../state-file.js';

/** A persona with some of the tools. */
export const smallAgent = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/),
  instructions: z.string(),
  tools: z.array(z.string()),
});
export type SmallAgent = z.infer<typeof smallAgent>;

/** Agents that were made, kept in one file. */
export class SmallAgents {
  readonly #file: StateFile<SmallAgent[]>;
  #all: Promise<Map<string, SmallAgent>> | undefined;

  constructor(file: string, onProblem: (problem: TwinError) => void = () => undefined) {
    this.#file = new StateFile(file, z.array(smallAgent), onProblem);
  }

  async list(): Promise<readonly SmallAgent[]> {
    return [...(await this.#loaded()).values()];
  }

  async find(name: string): Promise<SmallAgent | undefined> {
    return (await this.#loaded()).get(name);
  }

  async put(agent: SmallAgent): Promise<void> {
    await this.#change((all) => void all.set(agent.name, agent));
  }

  async remove(name: string): Promise<void> {
    await this.#change((all) => void all.delete(name));
  }

  async #change(change: (all: Map<string, SmallAgent>) => void): Promise<void> {
    const all = await this.#loaded();
    change(all);
    this.#file.save([...all.values()]);
    await this.#file.saved();
  }

  #loaded(): Promise<Map<string, SmallAgent>> {
    this.#all ??= this.#file.load().then((kept) => new Map((kept ?? []).map((agent) => [agent.name, agent])));
    return this.#all;
  }
}
