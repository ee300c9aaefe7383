/** The language model's own process: loads what it is told to, answers what it is asked, dies with its parent. */
import type { FromChild, ToChild } from './embedded-messages.js';
import { EmbeddedModel } from './embedded-model.js';

let model: EmbeddedModel | undefined;
const running = new Map<number, AbortController>();

const send = (message: FromChild): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const NO_STATS = { promptTokens: 0, evaluatedTokens: 0, generatedTokens: 0, firstTokenMs: 0, ms: 0 };

async function work(message: Exclude<ToChild, { type: 'abort' } | { type: 'load' }>): Promise<void> {
  const { id } = message;
  const stop = new AbortController();
  running.set(id, stop);
  try {
    if (model === undefined) throw new Error('no model is loaded');
    if (message.type === 'prepare') {
      await model.prepare(message.messages, stop.signal);
      send({ type: 'done', id, stats: NO_STATS });
    } else {
      const stats = await model.generate(message, (text) => send({ type: 'delta', id, text }), stop.signal);
      send({ type: 'done', id, stats });
    }
  } catch (error) {
    send({ type: 'failed', id, message: messageOf(error) });
  } finally {
    running.delete(id);
  }
}

process.on('message', (message: ToChild) => {
  if (message.type === 'abort') running.get(message.id)?.abort();
  else if (message.type === 'load') {
    EmbeddedModel.load(message.options).then(
      (loaded) => {
        model = loaded;
        send({ type: 'ready' });
      },
      (error: unknown) => send({ type: 'loadFailed', message: messageOf(error) }),
    );
  } else void work(message);
});
process.on('disconnect', () => process.exit(0));
// The terminal sends Ctrl-C to the whole group; the agent decides when this process ends.
process.on('SIGINT', () => {});
