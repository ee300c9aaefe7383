import { batch, type Signal, signal } from '@preact/signals';
import type { PowerAnswer, PowerServiceView, PowerSettings } from '../../../src/server/power-protocol.js';
import type { Problem } from '../audio/problem.js';
import { ask } from '../link/ask.js';
import { backoffMs } from '../link/backoff.js';

const PATH = '/api/power';

/** What the page *Power* is drawn from: the agent tells what changes while the page is open. */
export class PowerStore {
  /** Null before the first answer. */
  readonly view: Signal<PowerAnswer | null> = signal(null);
  /** What did not work last, of what the person did; and what keeps the page from being told. */
  readonly problem: Signal<Problem | null> = signal(null);
  readonly lost: Signal<Problem | null> = signal(null);
  /** What was done last, for people who do not see it. */
  readonly done = signal('');
  /** What waits for an answer of the agent, which may wait for somebody's consent. */
  readonly waiting: Signal<ReadonlySet<string>> = signal(new Set());
  /** Whose settings are open. */
  readonly settings: Signal<string | null> = signal(null);
  #source: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;

  /** Begins to listen. Returns the stop. */
  start(): () => void {
    this.#open();
    return () => this.#close();
  }

  sleep({ service, name }: PowerServiceView): Promise<boolean> {
    return this.#do(service, `${PATH}/${encodeURIComponent(service)}/sleep`, {}, 'POST', `${name} is going to sleep.`);
  }

  wake({ service, name }: PowerServiceView): Promise<boolean> {
    return this.#do(service, `${PATH}/${encodeURIComponent(service)}/wake`, {}, 'POST', `${name} is waking up.`);
  }

  set({ service, name }: PowerServiceView, settings: PowerSettings): Promise<boolean> {
    return this.#do(
      service,
      `${PATH}/${encodeURIComponent(service)}`,
      settings,
      'PUT',
      `The settings of ${name} are saved.`,
    );
  }

  suspendable(node: string, wol: boolean): Promise<boolean> {
    const words = wol ? `${node} may be suspended.` : `${node} stays on.`;
    return this.#do(`node ${node}`, `${PATH}/nodes/${encodeURIComponent(node)}`, { wol }, 'PUT', words);
  }

  /** Resolves with whether it was done. */
  async #do(what: string, path: string, body: object, method: string, done: string): Promise<boolean> {
    this.waiting.value = new Set([...this.waiting.value, what]);
    const answer = await ask<{ words: string }>(path, body, method);
    batch(() => {
      this.waiting.value = new Set([...this.waiting.value].filter((one) => one !== what));
      this.problem.value = 'problem' in answer ? answer.problem : null;
      this.done.value = 'problem' in answer ? '' : done;
    });
    return 'value' in answer;
  }

  #open(): void {
    this.#close();
    const source = new EventSource(`${PATH}?follow=true`);
    this.#source = source;
    source.addEventListener('power', ({ data }: MessageEvent<string>) => {
      this.#attempt = 0;
      batch(() => {
        this.lost.value = null;
        this.view.value = JSON.parse(data) as PowerAnswer;
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
    const answer = await ask<PowerAnswer>(PATH);
    if (this.#source !== source) return;
    this.lost.value = 'problem' in answer ? answer.problem : null;
    if ('value' in answer) this.view.value = answer.value;
    this.#attempt++;
    this.#timer = setTimeout(() => this.#open(), backoffMs(this.#attempt));
  }
}
