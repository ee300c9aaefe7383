import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BootMachine } from '@twin/hashi/boot/boot-kv.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask } from './control.js';
import { type Bench, KEY, MAC, openBench, ROOT_TEXT } from './service.fixture.js';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const PLAN = { name: 'worker1', disk: '/dev/sda', wipe: false };
const order = (what: object): Promise<unknown> => ask(bench.socket, 'POST', '/orders', what);
const allow = (mac = MAC, plan: object = PLAN): Promise<unknown> => order({ order: 'allow', mac, ...plan });
const value = (config: string, name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(config)?.[1] ?? '';
const boot = async (): Promise<string> => (await bench.get(`/boot?mac=${MAC}`)).text;
const TO_DISK = /sanboot/;
const PATIENT = { timeout: 10_000 };
const shown = async (): Promise<BootMachine> => {
  const [machine] = (await ask(bench.socket, 'GET', '/machines')) as BootMachine[];
  if (!machine) throw new Error('there is no machine');
  return machine;
};
/** The request to join that lies in the spool. */
async function asked(): Promise<Record<string, string>> {
  const whole = async () => (await readdir(bench.spool)).filter((name) => name.endsWith('.json'));
  await expect.poll(whole, PATIENT).toHaveLength(1);
  return JSON.parse(await readFile(join(bench.spool, (await whole())[0] ?? ''), 'utf8'));
}

type Installed = { token: string; registerToken: string; cert: string };
const installed = (token: string, config: string): Installed => ({
  token,
  registerToken: value(config, 'register_token'),
  cert: Buffer.from(value(config, 'register_cert'), 'base64').toString(),
});
async function install(): Promise<Installed> {
  const token = await bench.token();
  const { text } = await bench.get(`/install/${token}/config`);
  await bench.post(`/install/${token}/done`, '');
  return installed(token, text);
}
/** The same with a comment of several words. */
const WORDY_KEY = `${KEY} in the attic`;
const OTHER_KEY = KEY.replace('AAAAIK', 'AAAAIL');
const tell = (where: string, { registerToken, cert }: Installed, hostKey = KEY) =>
  bench.secure(where, new URLSearchParams({ token: registerToken, host_key: hostKey }).toString(), cert);
const register = (machine: Installed, hostKey = KEY) => tell('/register', machine, hostKey);

describe('the boot service', () => {
  test('sends every machine to its own script, and an unknown one to its disk', async () => {
    expect((await bench.get('/boot.ipxe')).text).toContain('http://127.0.0.1:8100/boot?mac=$');
    expect(await boot()).toMatch(TO_DISK);
    expect(await ask(bench.socket, 'GET', '/machines')).toMatchObject([
      { mac: MAC, phase: 'unknown', tries: 0, log: [{ line: 'boots from its disk (unknown)' }] },
    ]);
  });

  test('takes an allowed machine from its first start to registered; the token of the installer is good once', async () => {
    await allow();
    const token = await bench.token();
    const config = await bench.get(`/install/${token}/config`);
    expect(config.text.split('\n').filter((line) => !/^(install_id|register_token|register_cert)=/.test(line))).toEqual(
      [
        'name=worker1',
        'disk=/dev/sda',
        'wipe=no',
        expect.stringMatching(/^root_sha256=[0-9a-f]{64}$/),
        'archive=http://archive.test/debian',
        expect.stringMatching(/^register_url=https:\/\/127\.0\.0\.1:\d+$/),
        expect.stringMatching(/^now=\d{10}$/),
        '',
      ],
    );
    expect(await bench.get(`/install/${token}/config`)).toMatchObject({
      status: 403,
      text: expect.stringContaining('next'),
    });
    expect((await bench.get('/files/root.tar.zst')).text).toBe(ROOT_TEXT);
    await bench.post(`/install/${token}/log`, 'phase unpack');
    expect(await ask(bench.socket, 'GET', '/machines')).toMatchObject([{ phase: 'installing', step: 'unpack' }]);
    const machine = installed(token, config.text);
    expect((await register(machine)).status).toBe(403);
    expect((await bench.post(`/install/${token}/done`, '')).status).toBe(200);
    for (let start = 0; start < 10; start += 1) expect(await boot()).toMatch(TO_DISK);
    // Again by the same machine, whose power may have gone; never by another one.
    for (let time = 0; time < 2; time += 1) {
      expect(await register(machine)).toEqual({
        status: 200,
        text: `from="127.0.0.1",no-agent-forwarding,no-X11-forwarding ${KEY.split(' ', 2).join(' ')} twin-provision\n`,
      });
    }
    expect((await register(machine, WORDY_KEY)).status).toBe(200);
    expect((await register(machine, OTHER_KEY)).status).toBe(403);
    expect(await ask(bench.socket, 'GET', '/machines')).toMatchObject([
      { phase: 'installed', address: '127.0.0.1', name: 'worker1' },
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
    expect((await register(installed(token, config.text))).status).toBe(200);
  });

  test('sends a revoked machine to its disk, its token is over', async () => {
    await allow();
    const token = await bench.token();
    await order({ order: 'revoke', mac: MAC });
    expect(await boot()).toMatch(TO_DISK);
    expect((await bench.get(`/install/${token}/config`)).status).toBe(403);
    expect(bench.said.at(-1)?.what).toBe('a token was refused to 127.0.0.1');
  });

  test('writes no token down, neither in the journal nor in the log', async () => {
    await allow();
    const machine = await install();
    const { token, registerToken } = machine;
    await register(machine);
    const written = (await readFile(`${bench.state}/journal.jsonl`, 'utf8')) + JSON.stringify(bench.said);
    expect(written).toContain('is installed');
    expect(written).not.toContain(token);
    expect(written).not.toContain(registerToken);
  });

  test('has a machine that lets the controller in taken into the cluster, by a file for root, and follows what root says', async () => {
    await allow();
    const machine = await install();
    await register(machine);
    expect(await readdir(bench.spool)).toEqual([]);
    await expect(order({ order: 'join', mac: '52:54:00:00:00:09' })).rejects.toMatchObject({
      code: 'TWIN_PXE_NOT_INSTALLED',
    });
    expect((await tell('/ready', machine)).status).toBe(200);
    const request = await asked();
    expect(request).toEqual({
      token: MAC.replaceAll(':', ''),
      visit: expect.stringMatching(/^[0-9a-f]{16}$/),
      name: 'worker1',
      address: '127.0.0.1',
      host_key: KEY.split(' ', 2).join(' '),
    });
    const told = join(bench.progress, request.visit ?? '');
    await appendFile(told, '{"progress":"role consul"}\n{"error":"no disk is free","next":"free one"}\n');
    await expect.poll(shown, PATIENT).toMatchObject({ phase: 'installed', failure: 'no disk is free. Next: free one' });
    expect((await shown()).log.map(({ line }) => line)).toContain('joins: role consul');
    // What the first try said is not taken for the second one's.
    await rm(join(bench.spool, (await readdir(bench.spool))[0] ?? ''));
    await order({ order: 'join', mac: MAC });
    await asked();
    await writeFile(told, '{"done":"worker1 is a node"}\n');
    await expect.poll(shown, PATIENT).toMatchObject({ phase: 'joined', failure: '' });
  });

  test('asks again for who waits to be taken in after its own end', async () => {
    await allow();
    const machine = await install();
    await register(machine);
    await tell('/ready', machine);
    const request = await asked();
    await rm(join(bench.spool, (await readdir(bench.spool))[0] ?? ''));
    await bench.restart();
    expect(await asked()).toEqual(request);
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
    const other = { state: bench.state, host: '127.0.0.1', port: 0, tlsPort: 0, server: '', authorizedKeys: [] };
    const images = { rootSha256: '', archive: '', open: async () => undefined };
    const ignore = (): void => undefined;
    await expect(openService({ ...other, images, say: ignore, failed: ignore })).rejects.toMatchObject({
      code: 'TWIN_PXE_RUNNING',
    });
    await expect(ask(`${bench.state}/none.sock`, 'GET', '/machines')).rejects.toMatchObject({
      code: 'TWIN_PXE_NOT_RUNNING',
    });
  });
});
