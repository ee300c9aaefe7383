import { afterAll, beforeAll, expect, test } from 'vitest';
import { figures, killHeads, strikeWorkers } from './failover-runs.js';
import { LlamaServers } from './llama-servers.js';

let servers: LlamaServers;
beforeAll(async () => {
  servers = await LlamaServers.open();
});
afterAll(() => servers.close());

test('50 heads are killed in the middle of an answer: 50 answers end, none with a lost or doubled word', async () => {
  const runs = await killHeads(servers, 50);
  console.log(`killed heads: ${figures(runs)}`);
  expect(runs.filter((run) => !run.same)).toEqual([]);
  expect(runs.every(({ lost }) => lost === 1)).toBe(true);
  expect(Math.max(...runs.map(({ detectMs }) => detectMs))).toBeLessThan(500);
  expect(Math.max(...runs.map(({ gapMs }) => gapMs))).toBeLessThan(3000);
});

test('20 RPC workers are stopped in the middle of an answer: 20 answers end, each within six seconds', async () => {
  const runs = await strikeWorkers(servers, 20, 'SIGSTOP');
  console.log(`stopped workers: ${figures(runs)}`);
  expect(runs.filter((run) => !run.same)).toEqual([]);
  expect(runs.every(({ lost }) => lost === 1)).toBe(true);
  expect(Math.max(...runs.map(({ gapMs }) => gapMs))).toBeLessThan(6000);
});

test('50 RPC workers are killed in the middle of an answer, which ends their heads: 50 answers end', async () => {
  const runs = await strikeWorkers(servers, 50, 'SIGKILL');
  console.log(`killed workers: ${figures(runs)}`);
  expect(runs.filter((run) => !run.same)).toEqual([]);
  expect(runs.every(({ lost }) => lost === 1)).toBe(true);
  expect(Math.max(...runs.map(({ gapMs }) => gapMs))).toBeLessThan(3000);
});
