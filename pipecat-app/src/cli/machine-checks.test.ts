import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Config, readConfig } from '../config.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { checkEngines, checkModels, checkNode, checkRoom, checkSecrets, checkTls } from './machine-checks.js';

let home: string;
const config = (more: Record<string, string> = {}): Config =>
  readConfig({ TWIN_HOME: home, TWIN_MODELS: join(home, 'none'), TWIN_ENGINES: join(home, 'none'), ...more });
beforeEach(() => {
  home = temporaryFolder();
});

describe('twin doctor', () => {
  it.each([
    ['18.20.0', 'fail'],
    ['20.18.3', 'fail'],
    ['20.19.0', 'ok'],
    ['24.0.0', 'ok'],
  ])('judges Node.js %s: %s', (version, state) => {
    expect(checkNode(version).state).toBe(state);
  });

  it('says how to get what is missing', async () => {
    const [ear] = await checkEngines(config());
    expect(ear).toMatchObject({ check: 'ear', state: 'fail', fix: expect.stringMatching(/\w/) });
    const models = await checkModels(config());
    expect(models.map(({ check, state }) => [check, state])).toEqual([
      ['stt model', 'fail'],
      ['llm model', 'warn'],
    ]);
    expect(models[0]?.fix).toContain('twin models pull');
  });

  it('wants an address where another machine does the work, and no model then', async () => {
    const remote = { STT_SERVICE: 'openai', TTS_SERVICE: 'openai', LLM_BASE_URL: 'http://192.0.2.1/v1' };
    expect((await checkEngines(config(remote))).map(({ state }) => state)).toEqual(['fail', 'fail']);
    const set = config({ ...remote, STT_BASE_URL: 'http://192.0.2.1/v1', TTS_BASE_URL: 'http://192.0.2.1/v1' });
    expect((await checkEngines(set)).map(({ state }) => state)).toEqual(['ok', 'ok']);
    expect(await checkModels(set)).toEqual([]);
  });

  it('looks at the disk of a folder that is not there yet', async () => {
    expect((await checkRoom(join(home, 'a', 'b'))).map(({ check }) => check)).toEqual(['disk', 'memory']);
  });

  it('knows when TLS is needed and when a certificate is none', async () => {
    expect((await checkTls(config())).state).toBe('ok');
    expect((await checkTls(config({ TWIN_HOST: '0.0.0.0' }))).state).toBe('warn');
    const file = join(home, 'cert.pem');
    writeFileSync(file, 'nothing');
    expect((await checkTls(config({ TWIN_TLS_CERT: file, TWIN_TLS_KEY: file }))).state).toBe('fail');
  });

  it('finds a key that others may read', async () => {
    const file = join(home, 'admin.key');
    writeFileSync(file, 'k', { mode: 0o600 });
    expect((await checkSecrets(home)).state).toBe('ok');
    chmodSync(file, 0o644);
    expect(await checkSecrets(home)).toMatchObject({ state: 'fail', fix: expect.stringContaining('chmod 600') });
  });
});
