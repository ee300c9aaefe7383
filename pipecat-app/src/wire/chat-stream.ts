import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { openaiError } from './openai-errors.js';

/** How long a role or a comment waits for the question to be on its way and for words to go out with, in ms. */
const HELD_MS = 5;

export type ChatHead = { id: string; created: number; model: string };

export const chatHead = (model: string): ChatHead => ({
  id: `chatcmpl-${randomUUID()}`,
  created: Math.floor(Date.now() / 1000),
  model,
});

export type Usage = { prompt_tokens: number; completion_tokens: number; total_tokens: number };

/** An answer that is not streamed. */
export const completion = (head: ChatHead, answer: string, usage: Usage): object => ({
  ...head,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: answer, refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage,
});

/** Server-sent events of one answer. */
export class ChatStream {
  readonly #response: ServerResponse;
  readonly #head: ChatHead;
  readonly #withUsage: boolean;
  #sent = '';
  #held: (() => string)[] = [];
  #flush: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse, head: ChatHead, withUsage: boolean) {
    this.#response = response;
    this.#head = head;
    this.#withUsage = withUsage;
  }

  begin(): void {
    this.#later(() => {
      this.#response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
      this.#response.setHeader('Cache-Control', 'no-cache, no-transform');
      return this.#eventOf({ role: 'assistant', content: '' });
    });
  }

  delta(content: string): void {
    this.#sent += content;
    this.#chunk({ content });
  }

  /** Sends what of `answer` has not been sent yet, and the end. */
  end(answer: string, usage: Usage): void {
    if (this.#sent === '' && answer !== '') this.delta(answer);
    this.#chunk({}, 'stop');
    if (this.#withUsage) this.#send({ ...this.#head, object: 'chat.completion.chunk', choices: [], usage });
    this.#response.end('data: [DONE]\n\n');
  }

  /** A line that clients pass over; keeps the connection awake while nothing is said. */
  comment(text: string): void {
    this.#later(() => `: ${text.replace(/\s+/g, ' ')}\n\n`);
  }

  fail(error: unknown): void {
    this.#send(openaiError(error));
    this.#response.end();
  }

  #chunk(delta: object, finish: 'stop' | null = null): void {
    this.#write(this.#eventOf(delta, finish));
  }

  #eventOf(delta: object, finish: 'stop' | null = null): string {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
    const usage = this.#withUsage && { usage: null };
    return dataOf({ ...this.#head, object: 'chat.completion.chunk', choices, ...usage });
  }

  #send(event: object): void {
    this.#write(dataOf(event));
  }

  /** Nobody waits for these: the question goes out to its expert before they are even made. */
  #later(make: () => string): void {
    this.#flush ??= setTimeout(() => this.#write(''), HELD_MS);
    this.#held.push(make);
  }

  #write(text: string): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    if (this.#response.writableEnded || this.#response.destroyed) return;
    const all = this.#held.map((make) => make()).join('') + text;
    this.#held = [];
    if (all !== '') this.#response.write(all);
  }
}

const dataOf = (event: object): string => `data: ${JSON.stringify(event)}\n\n`;
