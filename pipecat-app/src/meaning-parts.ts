import { join } from 'node:path';
import type { Embedder } from './memory/embedder.js';
import { Meaning } from './mind/meaning/meaning.js';
import { MethodMeanings } from './mind/method-meanings.js';
import { SentenceVectors } from './mind/sentence-vectors.js';
import type { Log } from './mind/watched-file.js';
import type { ToolRegistry } from './tools/registry.js';

/**
 * What the mind tells meanings with: which command a sentence is, and which tools it may want.
 * @param home Folder in which the vectors of examples that did not come with the program are kept over a restart
 */
export function meaningParts(
  embedder: Pick<Embedder, 'embed' | 'health' | 'id'>,
  registry: ToolRegistry,
  { promptsDir, home, log }: { promptsDir: string; home: string; log: Log },
): { meaning: Meaning; meanings: MethodMeanings } {
  const vectors = new SentenceVectors(
    embedder,
    join(home, 'sentence-vectors.bin'),
    join(promptsDir, 'meaning-vectors.bin'),
  );
  return {
    meaning: new Meaning({ embedder, vectors, registry, file: join(promptsDir, 'meaning.json'), log }),
    meanings: new MethodMeanings({ embedder, vectors, methods: () => registry.list() }),
  };
}
