import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceInstance } from './consul/instance.js';
import { Consul } from './consul.js';

type Started = { address: string; close(): Promise<void> };

/** What `Consul` promises, for a server that `start` starts; each test uses names of its own. */
export function consulContract(name: string, start: () => Promise<Started>): void {
  describe(`Consul, ${name}`, () => {
    let server: Started;
    let consul: Consul;

    beforeAll(async () => {
      server = await start();
      consul = new Consul({ address: server.address, floorMs: 20 });
    });
    afterAll(async () => {
      await consul?.close();
      await server?.close();
    });

    const put = async (path: string, body?: unknown): Promise<void> => {
      const response = await fetch(server.address + path, { method: 'PUT', body: JSON.stringify(body ?? null) });
      expect(response.status, await response.text()).toBe(200);
    };
    const register = (ID: string, Name: string, more: object = {}): Promise<void> =>
      put('/v1/agent/service/register', { ID, Name, Port: 8080, ...more });
    const deregister = (id: string): Promise<void> => put(`/v1/agent/service/deregister/${id}`);

    test('services() follows the names and tags', async () => {
      const stop = new AbortController();
      const services = consul.services(stop.signal);
      const first = await until(services, () => true);
      expect(first.has('named-a')).toBe(false);
      await register('named-a-1', 'named-a', { Tags: ['llama', 'big'] });
      const second = await until(consul.services(stop.signal), (all) => all.has('named-a'));
      expect(new Set(second.get('named-a'))).toEqual(new Set(['llama', 'big']));
      await deregister('named-a-1');
      stop.abort();
    });

    test('watchService() gives every instance with its address, meta and health', async () => {
      const stop = new AbortController();
      const seen: ServiceInstance[][] = [];
      const reading = (async () => {
        for await (const instances of consul.watchService('watched', stop.signal)) {
          seen.push(instances);
          if (instances.some(({ passing }) => passing)) stop.abort();
        }
      })();
      await expect.poll(() => seen.length).toBe(1);
      const Meta = { model: 'gemma3-270m', degraded: 'false' };
      await register('watched-1', 'watched', { Tags: ['x'], Meta, Check: { TTL: '60s', Status: 'critical' } });
      await expect.poll(() => seen.at(-1)).toHaveLength(1);
      await put('/v1/agent/check/pass/service:watched-1');
      await reading;
      expect(seen[0]).toEqual([]);
      expect(seen[1]?.[0]).toMatchObject({ id: 'watched-1', passing: false });
      const node = expect.any(String);
      const address = '127.0.0.1';
      const tags = ['x'];
      expect(seen.at(-1)).toEqual([
        { id: 'watched-1', service: 'watched', node, address, port: 8080, tags, meta: Meta, passing: true },
      ]);
      await deregister('watched-1');
    });

    test('watchServices() joins all services of a prefix and drops one that is gone', async () => {
      await register('pre-a-1', 'pre-a');
      await register('pre-a-2', 'pre-a', { Address: '127.0.0.2' });
      await register('other-1', 'other');
      const stop = new AbortController();
      const seen: ReadonlyMap<string, ServiceInstance[]>[] = [];
      const reading = (async () => {
        for await (const services of consul.watchServices('pre-', stop.signal)) seen.push(services);
      })();
      const names = (): unknown => seen.at(-1) && [...seen.at(-1)!].map(([key, list]) => [key, list.length]).sort();
      await expect.poll(names).toEqual([['pre-a', 2]]);
      // The first map is whole already.
      expect([...seen[0]!.keys()]).toEqual(['pre-a']);
      await register('pre-b-1', 'pre-b');
      await expect.poll(names).toEqual([
        ['pre-a', 2],
        ['pre-b', 1],
      ]);
      expect(
        seen
          .at(-1)
          ?.get('pre-a')
          ?.map(({ address }) => address),
      ).toEqual(['127.0.0.1', '127.0.0.2']);
      await deregister('pre-a-1');
      await deregister('pre-a-2');
      await expect.poll(names).toEqual([['pre-b', 1]]);
      stop.abort();
      await reading;
      await deregister('pre-b-1');
      await deregister('other-1');
    });

    test('kv keeps what was put, under keys with any characters', async () => {
      expect(await consul.kv.get('kv/none')).toBeUndefined();
      expect(await consul.kv.list('kv/none/')).toEqual([]);
      for (const [key, value] of [
        ['kv/a', '{"model":"gemma3"}'],
        ['kv/ä ö?&#', 'grüße'],
        ['kv/empty', ''],
      ] as const) {
        expect(await consul.kv.put(key, value)).toBe(true);
        expect(await consul.kv.get(key)).toMatchObject({ key, value, flags: 0 });
      }
      expect((await consul.kv.list('kv/')).map(({ key }) => key)).toEqual(['kv/a', 'kv/empty', 'kv/ä ö?&#']);
      expect(await consul.kv.delete('kv/', { recurse: true })).toBe(true);
      expect(await consul.kv.list('kv/')).toEqual([]);
    });

    test('kv writes and deletes with cas only what is as it was read', async () => {
      expect(await consul.kv.put('cas/a', 'one', { cas: 0 })).toBe(true);
      expect(await consul.kv.put('cas/a', 'two', { cas: 0 })).toBe(false);
      const read = await consul.kv.get('cas/a');
      expect(await consul.kv.put('cas/a', 'two', { cas: read!.modifyIndex })).toBe(true);
      expect(await consul.kv.put('cas/a', 'three', { cas: read!.modifyIndex })).toBe(false);
      expect(await consul.kv.delete('cas/a', { cas: read!.modifyIndex })).toBe(false);
      expect((await consul.kv.get('cas/a'))?.value).toBe('two');
      expect(await consul.kv.delete('cas/a')).toBe(true);
    });

    test('kv.watch() sees a key come, change and go; watchList() a whole prefix', async () => {
      const stop = new AbortController();
      const seen: (string | undefined)[] = [];
      const lists: string[][] = [];
      const reading = (async () => {
        for await (const entry of consul.kv.watch('watch/a b', stop.signal)) seen.push(entry?.value);
      })();
      const listing = (async () => {
        for await (const list of consul.kv.watchList('watch/', stop.signal)) lists.push(list.map(({ key }) => key));
      })();
      await expect.poll(() => seen).toEqual([undefined]);
      await consul.kv.put('watch/a b', 'one');
      await expect.poll(() => seen).toEqual([undefined, 'one']);
      await consul.kv.put('watch/a b', 'two');
      await expect.poll(() => seen).toEqual([undefined, 'one', 'two']);
      await consul.kv.delete('watch/a b');
      await expect.poll(() => seen).toEqual([undefined, 'one', 'two', undefined]);
      await expect.poll(() => [lists[0], lists[1], lists.at(-1)]).toEqual([[], ['watch/a b'], []]);
      stop.abort();
      await Promise.all([reading, listing]);
    });

    test('a session can be renewed until it is destroyed', async () => {
      const id = await consul.sessions.create({ name: 'contract', ttlMs: 10_000 });
      await consul.sessions.renew(id);
      await consul.sessions.destroy(id);
      await expect(consul.sessions.renew(id)).rejects.toMatchObject({
        code: 'TWIN_CONSUL_MISSING',
        status: 404,
        retryable: false,
        next: expect.stringMatching(/./),
      });
    });

    test('a lock has one holder; the next one gets it with the release', async () => {
      const never = new AbortController().signal;
      const first = await consul.lock('locks/a', never, { value: 'first', lockDelayMs: 0 });
      const holder = await consul.kv.get('locks/a');
      expect(holder).toMatchObject({ value: 'first', session: first.session });
      let second: Awaited<ReturnType<Consul['lock']>> | undefined;
      const waiting = consul.lock('locks/a', never, { value: 'second' }).then((lock) => (second = lock));
      expect(second).toBeUndefined();
      expect(first.lost.aborted).toBe(false);
      await first.release();
      expect(first.lost.reason).toMatchObject({ code: 'TWIN_CONSUL_LOCK_RELEASED' });
      await waiting;
      expect(await consul.kv.get('locks/a')).toMatchObject({ value: 'second', session: second!.session });
      await second!.release();
      await second!.release();
      expect(await consul.kv.get('locks/a')).not.toHaveProperty('session');
    });

    test('a lock whose session ends is lost, and says so', async () => {
      const lock = await consul.lock('locks/b', new AbortController().signal, { lockDelayMs: 0 });
      const lost = new Promise((resolve) => lock.lost.addEventListener('abort', resolve, { once: true }));
      await consul.sessions.destroy(lock.session);
      await lost;
      expect(lock.lost.reason).toMatchObject({ code: 'TWIN_CONSUL_LOCK_LOST', next: expect.stringMatching(/./) });
      await lock.release();
    });

    test('waiting for a lock ends with its signal and leaves no session', async () => {
      const lock = await consul.lock('locks/c', new AbortController().signal);
      const stop = new AbortController();
      const waiting = consul.lock('locks/c', stop.signal);
      stop.abort();
      await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
      await lock.release();
    });

    test('a reader that leaves and a signal that aborts end a watch quietly', async () => {
      for await (const _ of consul.watchServices('', new AbortController().signal)) break;
      const stop = new AbortController();
      for await (const _ of consul.kv.watch('none', stop.signal)) stop.abort();
      for await (const _ of consul.services(AbortSignal.abort())) expect.unreachable();
    });
  });
}

async function until<T>(values: AsyncIterable<T>, test: (value: T) => boolean): Promise<T> {
  for await (const value of values) if (test(value)) return value;
  throw new Error('The watch ended.');
}
