import { setTimeout as delay } from 'node:timers/promises';
import type { Mind, MindEvent, Query } from '@twin/pipecat-app/mind/mind.js';

export type MindScript = {
  /** The answer, or what decides it. */
  answer: string | ((query: Query) => string);
  /** Time before every word; the deadlines are absolute, so that late timers do not add up. */
  wordMs?: number;
};

/** Forty words in five sentences: about what a spoken answer has. */
export const FORTY_WORDS = Array.from(
  { length: 5 },
  (_, i) => `Sentence number ${['one', 'two', 'three', 'four', 'five'][i]} of this answer goes on.`,
).join(' ');

/** A mind that gives its answer word by word at a fixed pace, and keeps what was committed. */
export class ScriptedMind implements Mind {
  readonly committed: { session: string; userText: string; answer: string }[] = [];
  readonly #answer: (query: Query) => string;
  readonly #wordMs: number;

  constructor({ answer, wordMs = 5 }: MindScript) {
    this.#answer = typeof answer === 'string' ? () => answer : answer;
    this.#wordMs = wordMs;
  }

  async *reply(query: Query, signal: AbortSignal): AsyncGenerator<MindEvent> {
    let due = performance.now();
    for (const word of this.#answer(query).match(/\S+\s*/g) ?? []) {
      due += this.#wordMs;
      await delay(Math.max(0, due - performance.now()), undefined, { signal });
      yield { type: 'text', delta: word };
    }
    yield { type: 'done', source: 'model' };
  }

  isCompleteCommand(): boolean {
    return false;
  }

  commit(session: string, userText: string, answer: string): void {
    this.committed.push({ session, userText, answer });
  }

  understands(): boolean {
    return false;
  }

  interrupts(): boolean {
    return false;
  }

  grammar(): string {
    return '';
  }

  hints(): string {
    return '';
  }

  forget(session: string): void {
    for (let i = this.committed.length - 1; i >= 0; i--)
      if (this.committed[i]?.session === session) this.committed.splice(i, 1);
  }
}
