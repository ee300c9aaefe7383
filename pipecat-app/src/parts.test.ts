import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TwinError } from './errors.js';
import { type Part, Parts } from './parts.js';

const part = (more: Partial<Part> = {}): Part => ({
  name: 'ear',
  core: true,
  health: () => ({ ok: true, detail: 'ready' }),
  close: async () => undefined,
  ...more,
});

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());
const settle = () => new Promise(setImmediate);

describe('Parts', () => {
  it('calls a part ready only after it has started, and then asks for its health', async () => {
    let ready = (): void => undefined;
    const parts = new Parts([
      part({ start: () => new Promise((resolve) => (ready = resolve)), health: () => ({ ok: false, detail: 'died' }) }),
    ]);
    parts.start(() => undefined);
    expect(parts.status()).toMatchObject([{ state: 'starting' }]);
    ready();
    await settle();
    expect(parts.status()).toMatchObject([{ state: 'failed', detail: 'died' }]);
  });

  it('tells why a part did not start and what to do, and reports it once per attempt', async () => {
    const failures: string[] = [];
    const why = new TwinError('TWIN_MODEL_NONE', 'There is no model.', { next: 'Run `twin models pull`.' });
    const parts = new Parts([part({ start: () => Promise.reject(why) })]);
    parts.start((name) => failures.push(name));
    await settle();
    expect(parts.status()).toMatchObject([{ state: 'failed', detail: 'There is no model. Run `twin models pull`.' }]);
    expect(failures).toEqual(['ear']);
    await parts.close();
  });

  it('ends starts that are under way before it closes the parts', async () => {
    const order: string[] = [];
    const start = (signal: AbortSignal): Promise<void> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          order.push('start ended');
          reject(signal.reason);
        });
      });
    const parts = new Parts([part({ start, close: async () => void order.push('closed') })]);
    parts.start(() => order.push('failure'));
    await parts.close();
    expect(order).toEqual(['start ended', 'closed']);
  });
});
