import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { consulFromEnv } from './consul.js';
import { nomadFromEnv } from './nomad.js';
import { tokenFromFile, tokenNow } from './token.js';

const folder = mkdtempSync(join(tmpdir(), 'token-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a token file is read again when it was replaced, and its last token stays while there is none', () => {
  const path = join(folder, 'nomad_token');
  const token = tokenFromFile(path);
  expect(token()).toBeUndefined();
  writeFileSync(path, 'one\n');
  expect(token()).toBe('one');
  writeFileSync(`${path}.new`, 'another');
  renameSync(`${path}.new`, path);
  expect(token()).toBe('another');
  rmSync(path);
  expect(token()).toBe('another');
});

test('an empty token is none', () => {
  expect(tokenNow('')).toBeUndefined();
  expect(tokenNow(() => '')).toBeUndefined();
  expect(tokenNow(() => 'one')).toBe('one');
});

test('the environment of a task leads to its socket and identity, that of a person to an address', () => {
  writeFileSync(join(folder, 'nomad_token'), 'identity');
  const task = nomadFromEnv({ NOMAD_SECRETS_DIR: folder, NOMAD_TOKEN: 'stale', NOMAD_NAMESPACE: 'ai-agents' });
  expect(task).toMatchObject({ socketPath: `${folder}/api.sock`, namespace: 'ai-agents' });
  expect(tokenNow(task.token)).toBe('identity');
  const person = nomadFromEnv({ NOMAD_ADDR: 'http://127.0.0.1:4646', NOMAD_TOKEN: 'mine', NOMAD_REGION: 'eu' });
  expect(person).toMatchObject({ address: 'http://127.0.0.1:4646', region: 'eu' });
  expect(person).not.toHaveProperty('socketPath');
  expect(tokenNow(person.token)).toBe('mine');
});

test('the environment names Consul, too', () => {
  expect(consulFromEnv({})).toEqual({});
  const env = { CONSUL_HTTP_ADDR: '127.0.0.1:8501', CONSUL_HTTP_TOKEN: 'mine' };
  expect(consulFromEnv(env)).toEqual({ address: '127.0.0.1:8501', token: 'mine' });
  const path = join(folder, 'consul_token');
  writeFileSync(path, 'from a file');
  expect(tokenNow(consulFromEnv({ ...env, CONSUL_HTTP_TOKEN_FILE: path }).token)).toBe('from a file');
});
