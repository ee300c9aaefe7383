import type { Watch } from './catalogue.js';
import type { ServiceInstance } from './service-table.js';

/** An instance of a service as Consul gives it. */
export const service = (name: string, change: Partial<ServiceInstance> = {}): ServiceInstance => ({
  id: `${name}-1`,
  service: name,
  node: 'n1',
  address: '127.0.0.1',
  port: 8080,
  tags: [],
  meta: {},
  passing: true,
  ...change,
});

/** A watch that says what it is told to. */
export function steered<T>(): {
  watch: Watch<T>;
  /** Resolves when the reader has taken it. */
  push: (state: T) => Promise<void>;
  fail: (error: Error) => Promise<void>;
  /** Readers that are there. */
  open: () => number;
} {
  type Item = { state: T } | { error: Error };
  const items: { item: Item; taken: () => void }[] = [];
  let wake = (): void => {};
  let open = 0;
  const put = (item: Item): Promise<void> =>
    new Promise((resolve) => {
      items.push({ item, taken: resolve });
      wake();
    });
  return {
    async *watch(signal) {
      open++;
      let last = (): void => {};
      try {
        for (;;) {
          last();
          last = () => {};
          const next = items.shift();
          if (next === undefined) {
            if (signal.aborted) return;
            await new Promise<void>((resolve) => {
              wake = resolve;
              signal.addEventListener('abort', () => resolve(), { once: true });
            });
            continue;
          }
          if ('error' in next.item) {
            // The reader handles the error after this, before the next turn of the event loop.
            setImmediate(next.taken);
            throw next.item.error;
          }
          last = next.taken;
          yield next.item.state;
        }
      } finally {
        open--;
      }
    },
    push: (state) => put({ state }),
    fail: (error) => put({ error }),
    open: () => open,
  };
}
