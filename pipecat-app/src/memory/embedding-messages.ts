/** What the agent asks the embedding model's process. */
export type EmbeddingAsk = { type: 'load'; modelPath: string } | { type: 'embed'; texts: readonly string[] };
/** Answer to `load`. */
export type EmbeddingOpened = { dimensions: number };
