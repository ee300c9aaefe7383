import type { Message } from './llm.js';

/** How a conversation becomes text: `completion` for base models, `chat` with the template inside the model file. */
export type PromptTemplate = 'completion' | 'chat';

export type LoadOptions = {
  modelPath: string;
  template: PromptTemplate;
  threads: number;
  /** Tokens per conversation, prompt and answer together. */
  contextSize: number;
  /** Conversations whose evaluated prompts are kept; as many can be answered at the same time. */
  lanes: number;
};

export type Generation = {
  messages: readonly Message[];
  maxTokens: number;
  stop: readonly string[];
  /** What was answered already; empty at the beginning. */
  partial: string;
  /** GBNF that the answer has to fit; empty for words as they come. */
  grammar: string;
};

/** What the agent sends to the model's process. */
export type ToChild =
  | { type: 'load'; options: LoadOptions }
  | { type: 'prepare'; id: number; messages: readonly Message[] }
  | ({ type: 'generate'; id: number } & Generation)
  | { type: 'abort'; id: number };

/** `firstTokenMs` and `ms` count from the request's arrival in the model's process. */
export type GenerationStats = {
  promptTokens: number;
  evaluatedTokens: number;
  generatedTokens: number;
  firstTokenMs: number;
  ms: number;
};

/** What the model's process sends to the agent. */
export type FromChild =
  | { type: 'ready' }
  | { type: 'loadFailed'; message: string }
  | { type: 'delta'; id: number; text: string }
  | { type: 'done'; id: number; stats: GenerationStats }
  | { type: 'failed'; id: number; message: string };
