import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Consul } from '@twin/hashi/consul.js';
import { BootBoard } from '@twin/pipecat-app/cluster/boot-board.js';
import { monotonicClock } from '@twin/pipecat-app/experts/clock.js';
import { openImages } from '@twin/pxe/images.js';
import { openService, type Service } from '@twin/pxe/service.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Servers, startServers } from './servers.js';
import { until } from './until.js';

const MAC = '52:54:00:00:00:01';
const signal = AbortSignal.timeout(120_000);
let servers: Servers;
let consul: Consul;
let folder: string;
let board: BootBoard;
let service: Service | undefined;
const troubles: unknown[] = [];

beforeAll(async () => {
  servers = await startServers({ only: 'consul' });
  consul = new Consul({ address: servers.env.CONSUL_HTTP_ADDR });
  folder = await mkdtemp(join(tmpdir(), 'twin-boot-'));
  board = new BootBoard({ kv: async () => consul.kv, clock: monotonicClock, now: Date.now });
  const images = join(folder, 'images');
  await mkdir(images);
  await writeFile(join(images, 'root.tar.zst'), 'root');
  const sum = createHash('sha256').update('root').digest('hex');
  await writeFile(join(images, 'SHA256SUMS'), `${sum}  root.tar.zst\n`);
});
afterAll(async () => {
  await service?.close();
  await consul?.close();
  await servers?.close();
  await rm(folder, { recursive: true, force: true });
});

const start = async (): Promise<Service> =>
  openService({
    ...{
      state: join(folder, 'state'),
      host: '127.0.0.1',
      port: 0,
      tlsPort: 0,
      server: 'http://127.0.0.1:8100',
      consul,
    },
    images: await openImages(join(folder, 'images')),
    authorizedKeys: [],
    say: () => undefined,
    failed: (error) => void troubles.push(error),
  });
const machine = async () => (await board.look()).machines.find(({ mac }) => mac === MAC);

test('without a boot service the page says so, and an order is not kept for later', async () => {
  expect(await board.look()).toMatchObject({
    consul: 'ok',
    served: false,
    words: expect.stringContaining('pxe_server'),
  });
  const order = { order: 'allow', mac: MAC, name: 'worker1', disk: 'auto', wipe: false, way: 'image' } as const;
  await expect(board.order(order, signal)).rejects.toMatchObject({ code: 'TWIN_PXE_NOT_RUNNING' });
  expect(await consul.kv.list('pipecat/boot/orders/', { signal })).toEqual([]);
});

test('a machine that asks is seen, allowed by an order, and followed; a refusal comes with its next step', async () => {
  service = await start();
  const { port } = service;
  const boot = async () => (await fetch(`http://127.0.0.1:${port}/boot?mac=${MAC}`, { signal })).text();
  expect(await boot()).toContain('sanboot');
  await until('the machine', async () => (await machine())?.phase === 'unknown');
  const order = { order: 'allow', mac: MAC, name: 'worker1', disk: 'auto', wipe: false, way: 'image' } as const;
  expect(await board.order(order, signal)).toBe('allowed');
  await expect(board.order({ ...order, mac: '52:54:00:00:00:02' }, signal)).rejects.toMatchObject({
    code: 'TWIN_PXE_NAME',
    next: expect.stringContaining('another name'),
  });
  const token = /twin\.token=(\w+)/.exec(await boot())?.[1];
  await fetch(`http://127.0.0.1:${port}/install/${token}/config`, { signal });
  await fetch(`http://127.0.0.1:${port}/install/${token}/log`, { method: 'POST', body: 'phase unpack', signal });
  await until('the step', async () => (await machine())?.step === 'unpack');
  expect((await machine())?.log.map(({ line }) => line)).toContain('says: phase unpack');
  expect(JSON.stringify(await board.look())).not.toContain(token);
  expect(await board.order({ order: 'revoke', mac: MAC }, signal)).toBe('unknown');
});

test('what was written into Consul without it is put right when it comes back', async () => {
  await service?.close();
  await consul.kv.put(
    'pipecat/boot/machines/ghost',
    JSON.stringify({ mac: '52:54:00:00:00:99', phase: 'joined', at: 1 }),
    { signal },
  );
  service = await start();
  await until('only what is so', async () => {
    const { machines } = await board.look();
    return machines.length === 1 && machines[0]?.mac === MAC;
  });
  expect(troubles).toEqual([]);
});
