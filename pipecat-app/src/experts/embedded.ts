import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { abortable } from '../abortable.js';
import { TwinError } from '../errors.js';
import type { LoadOptions, PromptTemplate } from './embedded-messages.js';
import { jsonGrammar, LONGEST_OF_BASE } from './json-grammar.js';
import type { Llm, LlmHealth, LlmRequest, LlmStats, Message } from './llm.js';
import { ModelProcess } from './model-process.js';
import { toolsAsText } from './tools-as-text.js';

export type EmbeddedOptions = {
  /** Shown to people, for example `gemma3-270m-q4_k_m`. */
  name: string;
  /** Path of the GGUF file; looked for again at every start, so that it may arrive later. */
  modelPath: string;
  template: PromptTemplate;
  /**
   * One core is left to the rest of the agent unless told otherwise: llama.cpp's threads wait for each other, so on a
   * busy machine two threads on two cores are several times slower than one (`docs/decisions/embedded-llm.md`).
   */
  threads?: number;
  /** Tokens per conversation. */
  contextSize?: number;
  /** Conversations that are kept evaluated, and answered at the same time. */
  lanes?: number;
  /** Longest wait for the next piece of an answer, in ms; then the process is replaced. */
  stallMs?: number;
};

const STALL_MS = 60_000;
const MOST_THREADS = 4;

/** A GGUF model in a child process, through node-llama-cpp. The process may die at any time; the next call has a new one. */
export class EmbeddedLlm implements Llm {
  readonly seam = 'exact';
  readonly model: string;
  readonly #load: LoadOptions;
  readonly #stallMs: number;
  #process: ModelProcess | undefined;
  #loaded = false;
  #prepared: readonly Message[] | undefined;
  #closed = false;
  #problem = '';
  #last: LlmStats | undefined;

  constructor(options: EmbeddedOptions) {
    this.model = options.name;
    this.#stallMs = options.stallMs ?? STALL_MS;
    this.#load = {
      modelPath: options.modelPath,
      template: options.template,
      threads: options.threads ?? Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1)),
      contextSize: options.contextSize ?? 2048,
      lanes: options.lanes ?? 2,
    };
  }

  /** Process id of the model's process, for `twin doctor` and tests. */
  get pid(): number | undefined {
    return this.#process?.alive ? this.#process.pid : undefined;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#ready(signal);
  }

  async prepare(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    this.#prepared = messages;
    const process = await this.#ready(signal);
    await this.#prepare(process, signal);
  }

  async *stream(request: LlmRequest, signal: AbortSignal): AsyncGenerator<string, void> {
    if (this.#load.template === 'completion' && request.messages.at(-1)?.sayable) return;
    const started = performance.now();
    const process = await this.#ready(signal);
    const waited = performance.now() - started;
    const { messages, maxTokens, stop = [], partial = '', form } = toolsAsText(request, this.#load.template);
    const grammar =
      form === undefined ? '' : jsonGrammar(form, this.#load.template === 'completion' ? LONGEST_OF_BASE : undefined);
    const { text, cancel } = process.begin(
      { type: 'generate', messages, maxTokens, stop, partial, grammar },
      (stats) => {
        const seconds = (stats.ms - stats.firstTokenMs) / 1000;
        this.#last = {
          model: this.model,
          promptTokens: stats.promptTokens,
          evaluatedTokens: stats.evaluatedTokens,
          generatedTokens: stats.generatedTokens,
          firstTokenMs: waited + stats.firstTokenMs,
          tokensPerSecond: seconds > 0 ? Math.max(0, stats.generatedTokens - 1) / seconds : 0,
        };
      },
    );
    const onAbort = (): void => {
      cancel();
      text.fail(signal.reason);
    };
    const stalled = (): void => {
      text.fail(
        new TwinError('TWIN_LLM_UNAVAILABLE', 'The language model does not answer.', {
          next: 'Ask again.',
          retryable: true,
        }),
      );
      void process.kill();
    };
    let watchdog = setTimeout(stalled, this.#stallMs);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for await (const piece of text) {
        if (signal.aborted) throw signal.reason;
        clearTimeout(watchdog);
        yield piece;
        watchdog = setTimeout(stalled, this.#stallMs);
      }
    } finally {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', onAbort);
      cancel();
    }
  }

  lastAnswer(): LlmStats | undefined {
    return this.#last;
  }

  health(): LlmHealth {
    if (this.#closed) return { ok: false, detail: 'It is closed.' };
    if (this.#loaded) return { ok: true, detail: `${this.model} is loaded.` };
    return { ok: false, detail: this.#problem || 'It is being loaded.' };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#loaded = false;
    await this.#process?.kill();
  }

  /** The process with the model loaded; starts one when there is none. */
  async #ready(signal: AbortSignal): Promise<ModelProcess> {
    signal.throwIfAborted();
    const process = this.#process?.alive ? this.#process : this.#begin();
    await abortable(process.ready, signal);
    return process;
  }

  #begin(): ModelProcess {
    if (this.#closed) throw new TwinError('TWIN_LLM_UNAVAILABLE', 'The language model is closed.');
    if (!existsSync(this.#load.modelPath)) {
      this.#problem = 'The model file is not there. Run `twin models pull`.';
      throw new TwinError('TWIN_MODEL_MISSING', `There is no language model ${this.model} yet.`, {
        next: 'Run `twin models pull`.',
      });
    }
    this.#problem = '';
    const process = new ModelProcess(this.#load);
    this.#process = process;
    process.ready.then(
      () => {
        this.#loaded = true;
      },
      (error: unknown) => {
        this.#problem = error instanceof TwinError ? `${error.message} ${error.next}` : String(error);
        void process.kill();
      },
    );
    void process.ended.then(() => this.#onEnd());
    return process;
  }

  /** A process that was loaded and died is replaced at once; one that never loaded waits for the next call. */
  #onEnd(): void {
    const wasLoaded = this.#loaded;
    this.#loaded = false;
    if (this.#closed || !wasLoaded) return;
    try {
      const process = this.#begin();
      const signal = new AbortController().signal;
      process.ready.then(() => this.#prepare(process, signal)).catch(() => {});
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
  }

  async #prepare(process: ModelProcess, signal: AbortSignal): Promise<void> {
    if (this.#prepared === undefined) return;
    const { text, cancel } = process.begin(
      { type: 'prepare', messages: this.#prepared, maxTokens: 0, stop: [], partial: '', grammar: '' },
      () => {},
    );
    const onAbort = (): void => text.fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for await (const _ of text);
    } finally {
      signal.removeEventListener('abort', onAbort);
      cancel();
    }
  }
}
