import { afterAll, beforeAll, expect, test } from 'vitest';
import { Consul } from '../consul.js';
import { FakeConsul } from './fake-consul.fixture.js';

let fake: FakeConsul;
let consul: Consul;

beforeAll(async () => {
  fake = await new FakeConsul().start();
  consul = new Consul({ address: fake.server.address });
  for (const ID of ['a', 'b', 'c']) {
    const body = JSON.stringify({ ID, Name: `llama-api-${ID}` });
    await fetch(`${fake.server.address}/v1/agent/service/register`, {
      method: 'PUT',
      body,
      headers: { connection: 'close' },
    });
  }
});
afterAll(async () => {
  await consul.close();
  await fake.server.close();
});

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
/** Nothing is held, no connection is open, no timer runs but those of before. */
async function nothingLeft(before: number): Promise<void> {
  await expect.poll(fake.server.open).toBe(0);
  expect(fake.held()).toBe(0);
  expect(timers()).toBeLessThanOrEqual(before);
}

test('an aborted signal leaves no query, connection or timer of four watches', async () => {
  const before = timers();
  const stop = new AbortController();
  const reading = (async () => {
    for await (const services of consul.watchServices('llama-api-', stop.signal)) expect(services.size).toBe(3);
  })();
  await expect.poll(() => fake.held()).toBe(4);
  stop.abort();
  await reading;
  await nothingLeft(before);
});

test('neither does a reader that leaves', async () => {
  const before = timers();
  for await (const services of consul.watchServices('llama-api-', new AbortController().signal)) {
    expect(services.size).toBe(3);
    await expect.poll(() => fake.held()).toBe(4);
    break;
  }
  await nothingLeft(before);
});

test('fifty watches over one signal are no leak that Node warns of', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const stop = new AbortController();
  const reading = Array.from({ length: 50 }, async () => {
    for await (const _ of consul.kv.watch('none', stop.signal));
  });
  await expect.poll(() => fake.held()).toBe(50);
  stop.abort();
  await Promise.all(reading);
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

test('nor does a client that is closed under its readers', async () => {
  const before = timers();
  const own = new Consul({ address: fake.server.address });
  const { signal } = new AbortController();
  const reading = (async () => {
    for await (const _ of own.watchServices('llama-api-', signal));
  })();
  const expected = expect(reading).rejects.toMatchObject({ code: 'TWIN_CONSUL_CLOSED' });
  await expect.poll(() => fake.held()).toBe(4);
  await own.close();
  await expected;
  await nothingLeft(before);
});
