import {
  type ChatHistoryItem,
  getLlama,
  type Llama,
  type LlamaContext,
  type LlamaGrammar,
  LlamaGrammarEvaluationState,
  LlamaLogLevel,
  type LlamaModel,
  resolveChatWrapper,
  type Token,
} from 'node-llama-cpp';
import { renderCompletion } from './completion-template.js';
import type { Generation, GenerationStats, LoadOptions } from './embedded-messages.js';
import { evaluateTo, Lanes } from './lanes.js';
import type { Message } from './llm.js';
import { StopText } from './stop-text.js';

/** Keeps small models from going in circles; counted over the last tokens of the answer only. */
const REPEAT = { penalty: 1.1, lastTokens: 48 };
/** Characters of a split letter are complete after this many tokens. */
const DETOKENIZE_CONTEXT = 4;

/**
 * A GGUF model in this process. What a conversation has evaluated stays in its lane, so that a turn costs only its new
 * words.
 */
export class EmbeddedModel {
  readonly #lanes: Lanes;
  #grammar: { text: string; its: LlamaGrammar } | undefined;

  private constructor(
    private readonly llama: Llama,
    private readonly model: LlamaModel,
    private readonly context: LlamaContext,
    private readonly options: LoadOptions,
  ) {
    this.#lanes = new Lanes(context, options.lanes);
  }

  /**
   * Loads without ever building or downloading. `swaFullCache`: models with sliding-window attention would otherwise
   * lose the prefix.
   */
  static async load(options: LoadOptions): Promise<EmbeddedModel> {
    const llama = await getLlama({
      gpu: false,
      build: 'never',
      skipDownload: true,
      maxThreads: options.threads,
      logLevel: LlamaLogLevel.error,
    });
    const model = await llama.loadModel({ modelPath: options.modelPath, gpuLayers: 0 });
    const context = await model.createContext({
      contextSize: options.contextSize,
      sequences: options.lanes,
      threads: options.threads,
      swaFullCache: true,
    });
    return new EmbeddedModel(llama, model, context, options);
  }

  /** Answers one request; `onText` gets the pieces. Ends early and without an error when `signal` aborts. */
  async generate(request: Generation, onText: (text: string) => void, signal: AbortSignal): Promise<GenerationStats> {
    const started = performance.now();
    const { tokens, stop } = this.#prompt(request.messages, request.partial);
    const room = this.options.contextSize - request.maxTokens - 1;
    if (tokens.length > room)
      throw new Error(`the conversation has ${tokens.length} tokens, there is room for ${room}`);
    const stats = { promptTokens: tokens.length, evaluatedTokens: 0, generatedTokens: 0, firstTokenMs: 0, ms: 0 };
    const lane = await this.#lanes.take(tokens);
    try {
      const last = tokens.at(-1);
      const evaluated = await evaluateTo(lane.sequence, tokens.slice(0, -1), signal);
      if (evaluated === undefined || last === undefined) return stats;
      stats.evaluatedTokens = evaluated + 1;
      const held = await this.#heldTo(request.grammar);
      // Marks of a template may stand inside of what has a form, which ends by itself.
      const text = new StopText(held ? [] : [...stop, ...request.stop]);
      const said: Token[] = [];
      const repeatPenalty = { penalty: REPEAT.penalty, punishTokens: () => said.slice(-REPEAT.lastTokens) };
      const how = { temperature: 0, repeatPenalty, ...(held && { grammarEvaluationState: held }) };
      for await (const token of lane.sequence.evaluate([last], how)) {
        if (said.length === 0) stats.firstTokenMs = performance.now() - started;
        if (signal.aborted) break;
        const piece = text.add(this.model.detokenize([token], false, said.slice(-DETOKENIZE_CONTEXT)));
        said.push(token);
        if (piece !== '') onText(piece);
        if (text.stopped || said.length >= request.maxTokens) break;
      }
      stats.generatedTokens = said.length;
      const rest = signal.aborted ? '' : text.end();
      if (rest !== '') onText(rest);
      return stats;
    } finally {
      stats.ms = performance.now() - started;
      this.#lanes.release(lane);
    }
  }

  /** Evaluates in every lane the beginning that all conversations share, so that no first turn has to. */
  async prepare(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    const { tokens } = this.#prompt(messages);
    for (const lane of this.#lanes.all) {
      if (lane.busy || signal.aborted) continue;
      lane.busy = true;
      try {
        await evaluateTo(lane.sequence, tokens, signal);
      } finally {
        this.#lanes.release(lane);
      }
    }
  }

  async dispose(): Promise<void> {
    await this.context.dispose();
    await this.model.dispose();
    await this.llama.dispose();
  }

  /** What keeps an answer to `grammar`; grammars of the same tools are parsed once. */
  async #heldTo(text: string): Promise<LlamaGrammarEvaluationState | undefined> {
    if (text === '') return undefined;
    if (this.#grammar?.text !== text) this.#grammar = { text, its: await this.llama.createGrammar({ grammar: text }) };
    return new LlamaGrammarEvaluationState({ model: this.model, grammar: this.#grammar.its });
  }

  #prompt(messages: readonly Message[], partial = ''): { tokens: Token[]; stop: readonly string[] } {
    if (this.options.template === 'completion') {
      const { text, stop } = renderCompletion(messages);
      const tokens = this.model.tokenize(text + partial, false);
      const bos = this.model.tokens.shouldPrependBosToken ? this.model.tokens.bos : null;
      return { tokens: bos === null ? tokens : [bos, ...tokens], stop };
    }
    const chat = resolveChatWrapper(this.model, { customWrapperSettings: { qwen: { thoughts: 'discourage' } } });
    const chatHistory = messages.map(
      ({ role, content }): ChatHistoryItem =>
        role === 'assistant' ? { type: 'model', response: [content] } : { type: role, text: content },
    );
    if (messages.at(-1)?.role === 'user') chatHistory.push({ type: 'model', response: [] });
    const { contextText } = chat.generateContextState({ chatHistory });
    // Behind the template as it is, because a template may trim what the assistant said.
    const begun = this.model.tokenize(partial, false, 'trimLeadingSpace');
    return { tokens: [...contextText.tokenize(this.model.tokenizer), ...begun], stop: [] };
  }
}
