import { batch, type Signal, signal } from '@preact/signals';
import type { Problem } from '../audio/problem.js';
import { ask } from './ask.js';
import { backoffMs } from './backoff.js';

/** What the agent tells at `path` while a page is open: events of one name, each with the whole of it. */
export class Follow<T> {
  /** Null before the first answer. */
  readonly view: Signal<T | null> = signal(null);
  /** What keeps the page from being told. */
  readonly lost: Signal<Problem | null> = signal(null);
  readonly #path: string;
  readonly #event: string;
  #source: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;

  constructor(path: string, event: string) {
    this.#path = path;
    this.#event = event;
  }

  /** Begins to listen. Returns the stop. */
  start(): () => void {
    this.#open();
    return () => this.#close();
  }

  #open(): void {
    this.#close();
    const source = new EventSource(`${this.#path}?follow=true`);
    this.#source = source;
    source.addEventListener(this.#event, ({ data }: MessageEvent<string>) => {
      this.#attempt = 0;
      batch(() => {
        this.lost.value = null;
        this.view.value = JSON.parse(data) as T;
      });
    });
    source.onerror = () => void this.#failed(source);
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  /** The browser does not tell why a stream broke, and gives up where the answer is no stream. */
  async #failed(source: EventSource): Promise<void> {
    source.close();
    const answer = await ask<T>(this.#path);
    if (this.#source !== source) return;
    this.lost.value = 'problem' in answer ? answer.problem : null;
    if ('value' in answer) this.view.value = answer.value;
    this.#attempt++;
    this.#timer = setTimeout(() => this.#open(), backoffMs(this.#attempt));
  }
}
