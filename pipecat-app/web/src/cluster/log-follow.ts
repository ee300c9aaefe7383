import { type Signal, signal } from '@preact/signals';
import type { Problem } from '../audio/problem.js';
import { ask } from '../link/ask.js';
import { backoffMs } from '../link/backoff.js';
import { emptyLog, foldLog, type LogNews, type LogState } from './log-state.js';

/** How the stream is. `ended`: no retry can mend it. */
export type LogLink = { is: 'connecting' | 'following' } | { is: 'lost' | 'ended'; problem: Problem };

/** The log of one job, from the agent, across broken connections: it goes on behind the last line that came. */
export class LogFollow {
  readonly log: Signal<LogState> = signal(emptyLog);
  readonly link: Signal<LogLink> = signal({ is: 'connecting' });
  readonly #path: string;
  #source: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = '';
  #attempt = 0;

  constructor(job: string) {
    this.#path = `/api/logs/${encodeURIComponent(job)}`;
  }

  open(): void {
    this.close();
    const source = new EventSource(this.#last === '' ? this.#path : `${this.#path}?after=${this.#last}`);
    this.#source = source;
    source.onopen = () => {
      this.#attempt = 0;
      this.link.value = { is: 'following' };
    };
    for (const type of ['start', 'log', 'end'] as const) {
      source.addEventListener(type, ({ data, lastEventId }: MessageEvent<string>) => {
        this.#last = lastEventId;
        this.log.value = foldLog(this.log.value, { type, data: JSON.parse(data) } as LogNews);
      });
    }
    source.addEventListener('failure', ({ data }: MessageEvent<string>) => {
      const { message, next } = JSON.parse(data) as { message: string; next: string };
      this.#retry({ what: message || 'The log broke off.', next });
    });
    source.onerror = () => void this.#failed(source);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  /** The browser tries again by itself after a break, but not after an answer that is no stream, nor does it tell why. */
  async #failed(source: EventSource): Promise<void> {
    const lost = { what: 'The connection to the agent is lost.', next: 'It is tried again.' };
    if (source.readyState !== EventSource.CLOSED) {
      this.link.value = { is: 'lost', problem: lost };
      return;
    }
    const answer = await ask(`${this.#path}?follow=false`);
    if (this.#source !== source) return;
    const refused = 'problem' in answer && answer.status >= 400 && answer.status < 500;
    if (refused) this.link.value = { is: 'ended', problem: answer.problem };
    else this.#retry('problem' in answer && answer.status > 0 ? answer.problem : lost);
  }

  #retry(problem: Problem): void {
    this.close();
    this.link.value = { is: 'lost', problem };
    this.#attempt++;
    this.#timer = setTimeout(() => this.open(), backoffMs(this.#attempt));
  }
}
