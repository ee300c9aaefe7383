import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { type Connection, connectionOf } from './connection.js';

let home: string;
beforeEach(() => {
  home = temporaryFolder();
  writeFileSync(join(home, 'admin.key'), 'OWN\n');
});

async function connection(flags: string[], env: Record<string, string> = {}): Promise<Connection> {
  const command = new Command()
    .option('--endpoint <url>')
    .option('--key <key>')
    .option('--ca <file>')
    .parse(flags, { from: 'user' });
  return connectionOf(command, { TWIN_HOME: home, ...env });
}

describe('connectionOf', () => {
  it('finds the agent of this machine and its key', async () => {
    expect(await connection([])).toEqual({ endpoint: 'http://127.0.0.1:8000', key: 'OWN' });
    expect(await connection([], { TWIN_PORT: '9000', TWIN_HOST: '0.0.0.0' })).toEqual({
      endpoint: 'http://127.0.0.1:9000',
      key: 'OWN',
    });
    expect(await connection(['--endpoint', 'http://localhost:1234'])).toMatchObject({ key: 'OWN' });
  });

  it('never sends the key of this machine to another one', async () => {
    expect(await connection(['--endpoint', 'http://192.0.2.1:8000'])).toEqual({ endpoint: 'http://192.0.2.1:8000' });
    expect(await connection([], { TWIN_ENDPOINT: 'http://localhost.example:8000' })).toEqual({
      endpoint: 'http://localhost.example:8000',
    });
  });

  it('prefers flags to the environment, and the environment to cli.json', async () => {
    writeFileSync(join(home, 'cli.json'), JSON.stringify({ endpoint: 'http://192.0.2.7:8000', key: 'SAVED' }));
    expect(await connection([])).toEqual({ endpoint: 'http://192.0.2.7:8000', key: 'SAVED' });
    expect(await connection([], { TWIN_KEY: 'ENV' })).toMatchObject({ key: 'ENV' });
    expect(await connection(['--key', 'FLAG'], { TWIN_KEY: 'ENV' })).toMatchObject({ key: 'FLAG' });
    expect(await connection(['--endpoint', 'http://192.0.2.8:8000'])).toEqual({ endpoint: 'http://192.0.2.8:8000' });
  });

  it('says in words what is no address and what is no cli.json', async () => {
    await expect(connection(['--endpoint', 'here'])).rejects.toMatchObject({ code: 'TWIN_USAGE' });
    writeFileSync(join(home, 'cli.json'), '{');
    await expect(connection([])).rejects.toMatchObject({
      code: 'TWIN_CONFIG',
      message: expect.stringContaining('cli.json'),
    });
  });
});
