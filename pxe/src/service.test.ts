import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask } from './control.js';
import { type Bench, KEY, MAC, openBench, ROOT_TEXT } from './service.fixture.js';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const PLAN = { name: 'worker1', disk: '/dev/sda', wipe: false };
const allow = (mac = MAC, plan: object = PLAN): Promise<unknown> =>
  ask(bench.socket, 'POST', `/allow?mac=${mac}`, plan);
const value = (config: string, name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(config)?.[1] ?? '';
const boot = async (): Promise<string> => (await bench.get(`/boot?mac=${MAC}`)).text;
const TO_DISK = /sanboot/;

async function install(): Promise<{ registerToken: string; token: string }> {
  const token = await bench.token();
  const { text } = await bench.get(`/install/${token}/config`);
  await bench.post(`/install/${token}/done`, '');
  return { token, registerToken: value(text, 'register_token') };
}
const register = (token: string): Promise<{ status: number; text: string }> =>
  bench.post('/register', new URLSearchParams({ token, host_key: KEY }).toString());

describe('the boot service', () => {
  test('sends every machine to its own script, and an unknown one to its disk', async () => {
    expect((await bench.get('/boot.ipxe')).text).toContain('http://10.0.0.1:8100/boot?mac=$');
    expect(await boot()).toMatch(TO_DISK);
    expect(await ask(bench.socket, 'GET', '/machines')).toEqual([{ mac: MAC, phase: 'unknown', tries: 0 }]);
  });

  test('takes an allowed machine from its first start to registered; tokens are good once', async () => {
    await allow();
    const token = await bench.token();
    const config = await bench.get(`/install/${token}/config`);
    expect(config.text.split('\n').filter((line) => !/^(install_id|register_token)=/.test(line))).toEqual([
      'name=worker1',
      'disk=/dev/sda',
      'wipe=no',
      expect.stringMatching(/^root_sha256=[0-9a-f]{64}$/),
      `authorized_key=${KEY}`,
      '',
    ]);
    expect(await bench.get(`/install/${token}/config`)).toMatchObject({
      status: 403,
      text: expect.stringContaining('next'),
    });
    expect((await bench.get('/files/root.tar.zst')).text).toBe(ROOT_TEXT);
    await bench.post(`/install/${token}/log`, 'phase unpack');
    expect(await ask(bench.socket, 'GET', '/machines')).toMatchObject([{ phase: 'installing', step: 'unpack' }]);
    const registerToken = value(config.text, 'register_token');
    expect((await register(registerToken)).status).toBe(403);
    expect((await bench.post(`/install/${token}/done`, '')).status).toBe(200);
    for (let start = 0; start < 10; start += 1) expect(await boot()).toMatch(TO_DISK);
    expect((await register(registerToken)).status).toBe(200);
    expect((await register(registerToken)).status).toBe(403);
    expect(await ask(bench.socket, 'GET', '/machines')).toMatchObject([
      { phase: 'installed', registered: { address: '127.0.0.1', hostKey: KEY } },
    ]);
  });

  test('goes on after a power cut of the machine with a new token for the same disk, and refuses the old one', async () => {
    await allow();
    const first = await bench.token();
    const before = await bench.get(`/install/${first}/config`);
    const second = await bench.token();
    expect(second).not.toBe(first);
    expect((await bench.post(`/install/${first}/done`, '')).status).toBe(403);
    const after = await bench.get(`/install/${second}/config`);
    expect(value(after.text, 'install_id')).toBe(value(before.text, 'install_id'));
  });

  test('knows everything again after its own end, in each phase', async () => {
    await allow();
    await bench.restart();
    const token = await bench.token();
    await bench.restart();
    const config = await bench.get(`/install/${token}/config`);
    await bench.restart();
    expect((await bench.get(`/install/${token}/config`)).status).toBe(403);
    expect((await bench.post(`/install/${token}/done`, '')).status).toBe(200);
    await bench.restart();
    expect(await boot()).toMatch(TO_DISK);
    expect((await register(value(config.text, 'register_token'))).status).toBe(200);
  });

  test('sends a revoked machine to its disk, its token is over', async () => {
    await allow();
    const token = await bench.token();
    await ask(bench.socket, 'POST', `/revoke?mac=${MAC}`);
    expect(await boot()).toMatch(TO_DISK);
    expect((await bench.get(`/install/${token}/config`)).status).toBe(403);
  });

  test('writes no token down, neither in the journal nor in the log', async () => {
    await allow();
    const { token, registerToken } = await install();
    await register(registerToken);
    const written = (await readFile(`${bench.state}/journal.jsonl`, 'utf8')) + JSON.stringify(bench.said);
    expect(written).toContain('is installed');
    expect(written).not.toContain(token);
    expect(written).not.toContain(registerToken);
  });

  test.each([
    ['no name', { disk: '/dev/sda', wipe: false }],
    ['a name with a line break', { ...PLAN, name: 'a\nwipe=yes' }],
    ['a path for a disk', { ...PLAN, disk: '/dev/../etc/passwd' }],
  ])('refuses a plan with %s', async (_, plan) => {
    await expect(allow(MAC, plan)).rejects.toMatchObject({
      code: 'TWIN_PXE_PLAN',
      next: expect.stringContaining('--name'),
    });
  });

  test('gives a name to one machine only', async () => {
    await allow();
    await expect(allow('52:54:00:00:00:02')).rejects.toMatchObject({ code: 'TWIN_PXE_NAME' });
    await allow();
  });

  test('there is one service for a folder, and a command without one says so', async () => {
    const { openService } = await import('./service.js');
    const other = { state: bench.state, host: '127.0.0.1', port: 0, server: '', authorizedKeys: [] };
    const images = { rootSha256: '', open: async () => undefined };
    const ignore = (): void => undefined;
    await expect(openService({ ...other, images, say: ignore, failed: ignore })).rejects.toMatchObject({
      code: 'TWIN_PXE_RUNNING',
    });
    await expect(ask(`${bench.state}/none.sock`, 'GET', '/machines')).rejects.toMatchObject({
      code: 'TWIN_PXE_NOT_RUNNING',
    });
  });
});
