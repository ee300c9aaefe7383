import { expect, test } from 'vitest';
import type { Instance, NodeService } from '../consul-agent.js';
import { Door } from './door.js';
import type { Opening } from './openings.js';

type How = { index?: number; signal?: AbortSignal };

/** A Consul whose answers wait until something changes, as blocking queries do. */
class ScriptedConsul {
  readonly asked: string[] = [];
  services: NodeService[] = [];
  readonly heads = new Map<string, Instance[]>();
  down = false;
  #index = 1;
  #waiting: (() => void)[] = [];

  change(what: () => void): void {
    what();
    this.#index++;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #after({ index = 0, signal }: How): Promise<number> {
    if (this.down) throw new Error('Consul does not answer.');
    if (index >= this.#index)
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    return this.#index;
  }

  async servicesOf(_node: string, how: How) {
    this.asked.push('services');
    const index = await this.#after(how);
    return { value: this.services, index };
  }

  async instances(service: string, how: How = {}) {
    this.asked.push(service);
    const index = await this.#after(how);
    return { instances: this.heads.get(service) ?? [], index };
  }
}

const at = (address: string): Instance => ({ id: address, node: address, address, port: 1, meta: {}, passing: true });

async function stage(
  use: (its: {
    consul: ScriptedConsul;
    sees: (...open: string[]) => Promise<void>;
    door: Door;
    applied: () => number;
  }) => Promise<void>,
) {
  const consul = new ScriptedConsul();
  let open: readonly Opening[] | undefined;
  let count = 0;
  const door = new Door({
    consul,
    node: 'node2',
    apply: async (openings) => {
      open = openings;
      count++;
    },
    log: () => undefined,
  });
  const stop = new AbortController();
  const running = door.run(stop.signal);
  try {
    const sees = (...wanted: string[]): Promise<void> =>
      expect.poll(() => open?.map(({ address, port }) => `${address}:${port}`)).toEqual(wanted);
    await use({ consul, sees, door, applied: () => count });
  } finally {
    stop.abort();
    await running;
  }
}

test('a worker opens for its head when that comes, follows it to another node, and closes when the worker goes', async () => {
  await stage(async ({ consul, sees }) => {
    await sees();
    consul.change(() => {
      consul.services = [
        { name: 'a-rpc', port: 32_007 },
        { name: 'llama-api-b', port: 8080 },
      ];
    });
    await expect.poll(() => consul.asked).toContain('a-head');
    await sees();
    consul.change(() => consul.heads.set('a-head', [at('10.0.0.3')]));
    await sees('10.0.0.3:32007');
    consul.change(() => consul.heads.set('a-head', [at('10.0.0.4')]));
    await sees('10.0.0.4:32007');
    consul.change(() => {
      consul.services = [];
    });
    await sees();
    expect(consul.asked).not.toContain('llama-api-b');
  });
});

test('while Consul is away it stays as it was; after the table was loaded anew it is applied again', async () => {
  await stage(async ({ consul, sees, door, applied }) => {
    consul.change(() => {
      consul.services = [{ name: 'a-rpc', port: 32_007 }];
      consul.heads.set('a-head', [at('10.0.0.3')]);
    });
    await sees('10.0.0.3:32007');
    const before = applied();
    consul.change(() => {
      consul.down = true;
    });
    door.again();
    await expect.poll(applied).toBe(before + 1);
    await sees('10.0.0.3:32007');
  });
});

test('a firewall that takes no rule ends it', async () => {
  const consul = new ScriptedConsul();
  const apply = async (): Promise<void> => {
    throw new Error('no such table');
  };
  const door = new Door({ consul, node: 'node2', apply, log: () => undefined });
  await expect(door.run(new AbortController().signal)).rejects.toThrow('no such table');
});
