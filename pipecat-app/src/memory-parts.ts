import type { Config } from './config.js';
import type { Embedder } from './memory/embedder.js';
import { GgufEmbedder } from './memory/gguf-embedder.js';
import { Learning } from './memory/learning.js';
import { LongTermMemory } from './memory/long-term.js';
import { nativeParts } from './memory/native-parts.js';
import { RecentVectors } from './memory/recent-vectors.js';
import { Summaries } from './memory/summaries.js';
import type { ModelStore } from './models/store.js';
import type { Log } from './observe/log.js';
import type { Part } from './parts.js';
import type { Facts } from './tools/mcp/facts.js';

export type MemoryParts = {
  embedder: Embedder;
  memory: LongTermMemory;
  /** The same for the control program. */
  facts: Facts;
  /** Takes facts out of a finished turn; returns at once. */
  learn(said: string): void;
  /** Left out: turns that the short-term memory lets go are gone. */
  summaries: Summaries | undefined;
  parts: Part[];
};

/** The long-term memory and the model that it and the mind tell meanings with. Neither can stop the agent. */
export function memoryParts(config: Config, models: ModelStore, log: Log): MemoryParts {
  const file = async (signal: AbortSignal) => {
    const { model, path, passedOver } = await models.firstUsable('embedding', signal);
    for (const error of passedOver) log.warn(error.message);
    return { id: `${model.name}@${model.sha256.slice(0, 12)}`, path };
  };
  const embedder = new RecentVectors(new GgufEmbedder(file));
  const memory = new LongTermMemory({
    dir: config.TWIN_HOME,
    embedder,
    native: () => nativeParts(config.TWIN_ENGINES),
    topK: config.MEMORY_TOP_K,
    minimumScore: config.MEMORY_MIN_SCORE,
  });
  const learning = new Learning(memory, (error) => log.warn({ err: error }, 'a fact was not kept'));
  return {
    embedder,
    memory,
    facts: {
      recall: (text, signal) => memory.recall(text, signal),
      remember: (text, source, signal) => memory.remember(text, source, signal),
      forget: (id) => memory.forget(id),
      list: (what) => memory.list(what),
      count: async () => (await memory.count()).facts,
    },
    learn: (said) => {
      if (config.MEMORY_LEARNS) learning.heard(said);
    },
    summaries: config.SUMMARIZER_ENABLED ? new Summaries((summary) => learning.keep(summary, 'summary')) : undefined,
    parts: [
      {
        name: 'memory',
        core: false,
        start: (signal) => memory.start(signal),
        health: () => memory.health(),
        close: async () => {
          await learning.close();
          await memory.close();
          await embedder.close();
        },
      },
    ],
  };
}
