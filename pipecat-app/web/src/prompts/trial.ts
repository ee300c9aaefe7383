import { batch, type Signal, signal } from '@preact/signals';
import type { PromptTestEvent } from '../../../src/server/prompt-protocol.js';
import type { Problem } from '../audio/problem.js';
import { reason } from '../link/ask.js';

/** One run of a draft that is not saved: the answer as it comes. */
export class Trial {
  readonly text = signal('');
  readonly notes: Signal<readonly string[]> = signal([]);
  readonly problem: Signal<Problem | null> = signal(null);
  readonly running = signal(false);
  #stop: AbortController | undefined;

  async run(name: string, text: string, question: string): Promise<void> {
    if (this.running.value) return;
    batch(() => {
      this.text.value = '';
      this.notes.value = [];
      this.problem.value = null;
      this.running.value = true;
    });
    const stop = new AbortController();
    this.#stop = stop;
    try {
      const response = await fetch(`/api/prompts/${encodeURIComponent(name)}/test`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text, question }),
        signal: stop.signal,
      });
      if (!response.ok || !response.body) this.problem.value = await reason(response);
      else for await (const event of eventsOf(response.body)) this.#take(event);
    } catch {
      if (stop.signal.aborted) this.#note('Stopped.');
      else this.problem.value = { what: 'The connection was lost.', next: 'Try it again.' };
    } finally {
      this.running.value = false;
    }
  }

  stop(): void {
    this.#stop?.abort();
  }

  #take(event: PromptTestEvent): void {
    if (event.type === 'text') this.text.value += event.delta;
    else if (event.type === 'note') this.#note(event.words);
    else if (event.type === 'done') this.#note(`Done in ${(event.ms / 1000).toFixed(1)} s.`);
    else this.problem.value = { what: event.message, next: event.next };
  }

  #note(words: string): void {
    this.notes.value = [...this.notes.value, words];
  }
}

/** The events of a body that has one on each line. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<PromptTestEvent, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let held = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (held + decoder.decode(value, { stream: true })).split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as PromptTestEvent;
  }
}
