import type { IncomingMessage } from 'node:http';
import { ownCall, textOf } from './own-call.js';

/** The calls of llama-server that keep what a slot has evaluated. */
export class SlotServer {
  /** `base`: address of the server, without a slash at its end. */
  constructor(private readonly base: string) {}

  /** Slots that have answered something and are idle. @throws Error when the server does not answer as it should */
  async idle(signal: AbortSignal): Promise<number[]> {
    const slots = JSON.parse(await textOf(await this.#ask('GET', '/slots', undefined, signal))) as {
      id: number;
      is_processing: boolean;
    }[];
    return slots.filter((slot) => !slot.is_processing).map(({ id }) => id);
  }

  /** Writes slot `id` to `filename` in the server's folder. @returns the number of its tokens @throws as `idle` */
  async save(id: number, filename: string, signal: AbortSignal): Promise<number> {
    const answer = await this.#ask('POST', `/slots/${id}?action=save`, { filename }, signal);
    return (JSON.parse(await textOf(answer)) as { n_saved: number }).n_saved;
  }

  /** @returns the number of tokens that the server says it has now @throws as `idle` */
  async restore(id: number, filename: string, signal: AbortSignal): Promise<number> {
    const answer = await this.#ask('POST', `/slots/${id}?action=restore`, { filename }, signal);
    return (JSON.parse(await textOf(answer)) as { n_restored: number }).n_restored;
  }

  /** Empties a slot. @throws as `idle` */
  async erase(id: number, signal: AbortSignal): Promise<void> {
    await textOf(await this.#ask('POST', `/slots/${id}?action=erase`, {}, signal));
  }

  /**
   * How many of `tokens` slot `id` really has evaluated, as the server counts when it is asked to go on behind them. It is
   * left as soon as it says so: one that has to evaluate them all may take a minute.
   * @throws as `idle`
   */
  async cached(id: number, tokens: readonly number[], signal: AbortSignal): Promise<number> {
    const left = new AbortController();
    const body = { prompt: tokens, id_slot: id, n_predict: 1, cache_prompt: true, stream: true, return_progress: true };
    const answer = await this.#ask('POST', '/completion', body, AbortSignal.any([signal, left.signal]));
    let heard = '';
    try {
      for await (const piece of answer.setEncoding('utf8')) {
        heard += piece;
        const count = /"prompt_progress":\{[^}]*"cache":(\d+)|"cache_n":(\d+)/.exec(heard);
        if (count) return Number(count[1] ?? count[2]);
      }
    } finally {
      left.abort();
    }
    throw new Error('llama-server does not say what it has evaluated');
  }

  async #ask(method: string, path: string, body: object | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    const answer = await ownCall(this.base + path, { method, body: body && JSON.stringify(body), signal });
    if (answer.statusCode === 200) return answer;
    const words = (await textOf(answer)).trim().slice(0, 300);
    throw new Error(`llama-server answers ${answer.statusCode} to ${path}: ${words}`);
  }
}
