import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../bench/servers.js';
import { alive } from './server-process.js';

describe('npm run cluster', () => {
  let parent: string;
  let folder: string;
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'cluster-test-'));
    folder = join(parent, 'cluster');
  });
  afterAll(async () => {
    await cluster('down');
    await rm(parent, { recursive: true });
  });

  /** What the command prints, and its exit code. */
  async function cluster(...args: string[]): Promise<{ code: number; output: string }> {
    const script = join(ROOT, 'testing', 'dist', 'cluster', 'cluster.js');
    const run = promisify(execFile)(process.execPath, [script, ...args, '--folder', folder]);
    const { stdout, stderr, code = 0 } = await run.catch((error) => error);
    return { code, output: `${stdout}${stderr}` };
  }
  const pids = (): number[] => {
    const state = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as { pids: Record<string, number> };
    return Object.values(state.pids);
  };

  it('starts, answers, says what runs, goes on where it was, and leaves nothing behind', async () => {
    expect(await cluster('status')).toMatchObject({ code: 3, output: expect.stringContaining('no cluster runs') });
    const up = await cluster('--no-agent');
    expect(up.output).toMatch(/expert main serves \S+\n[\s\S]*Consul {2}http:\/\/127\.0\.0\.1:\d+\/ui/);
    expect(up.code).toBe(0);
    const first = pids();
    expect(first).toHaveLength(2);

    const status = await cluster('status');
    expect(status.output).toMatch(/consul runs[\s\S]*nomad {2}runs[\s\S]*llamacpp-rpc: running[\s\S]*expert main/);
    expect(status.code).toBe(0);

    expect((await cluster('--no-agent')).code).toBe(0);
    expect(pids()).toEqual(first);

    expect(await cluster('down')).toMatchObject({ code: 0, output: expect.stringContaining('nothing of it is left') });
    expect(first.filter(alive)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it.each([
    [['--port', 'x'], '--port needs a number'],
    [['sideways'], 'unknown command sideways'],
    [['--fast'], "Unknown option '--fast'"],
  ])('%j is wrong use: exit code 2 and the usage', async (args, words) => {
    const { code, output } = await cluster(...args);
    expect(code).toBe(2);
    expect(output).toContain(words);
    expect(output).toContain('usage: npm run cluster');
  });
});
