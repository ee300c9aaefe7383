import { describe, expect, it } from 'vitest';
import { SingleEngine } from './single-engine.js';

const never = new AbortController().signal;

/** Work that ends when it is told to, or when it is aborted. */
function work() {
  let finish: (text: string) => void = () => undefined;
  let begin = (): void => undefined;
  const finished = new Promise<string>((resolve) => {
    finish = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const run = (signal: AbortSignal): Promise<string> => {
    begin();
    return new Promise((done, fail) => {
      signal.addEventListener('abort', () => fail(signal.reason), { once: true });
      finished.then(done, fail);
    });
  };
  return { run, finish, begun };
}

describe('one engine for all', () => {
  it('runs finals one after the other, in the order of arrival', async () => {
    const engine = new SingleEngine();
    const order: number[] = [];
    const jobs = [1, 2, 3].map((n) => engine.run('final', never, async () => void order.push(n)));
    await Promise.all(jobs);
    expect(order).toEqual([1, 2, 3]);
  });

  it('answers a partial with busy while a final runs', async () => {
    const engine = new SingleEngine();
    const first = work();
    const final = engine.run('final', never, first.run);
    await first.begun;
    await expect(engine.run('partial', never, work().run)).rejects.toMatchObject({ code: 'TWIN_STT_BUSY' });
    first.finish('heard');
    await expect(final).resolves.toBe('heard');
  });

  it('takes the engine from a partial for a final, and tells the partial that it is busy', async () => {
    const engine = new SingleEngine();
    const slow = work();
    const partial = engine.run('partial', never, slow.run);
    await slow.begun;
    const final = engine.run('final', never, async () => 'heard');
    await expect(partial).rejects.toMatchObject({ code: 'TWIN_STT_BUSY' });
    await expect(final).resolves.toBe('heard');
  });

  it('frees the engine when its user cancels, running or waiting', async () => {
    const engine = new SingleEngine();
    const first = work();
    const running = new AbortController();
    const waiting = new AbortController();
    const one = engine.run('final', running.signal, first.run);
    const two = engine.run('final', waiting.signal, async () => 'never');
    const three = engine.run('final', never, async () => 'third');
    await first.begun;
    waiting.abort();
    running.abort();
    await expect(one).rejects.toMatchObject({ name: 'AbortError' });
    await expect(two).rejects.toMatchObject({ name: 'AbortError' });
    await expect(three).resolves.toBe('third');
  });

  it('goes on after work that failed', async () => {
    const engine = new SingleEngine();
    await expect(engine.run('final', never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(engine.run('partial', never, async () => 'fine')).resolves.toBe('fine');
  });
});
