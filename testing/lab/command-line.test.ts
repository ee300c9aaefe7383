import { describe, expect, it } from 'vitest';
import { program } from './lab-folders.js';
import { type Outcome, run } from './run-command.js';

const lab = (...args: string[]): Promise<Outcome> =>
  run([process.execPath, program('lab'), ...args], { env: { ...process.env, TWIN_LAB: 'test-nothing' } });

describe('npm run lab', () => {
  it('says how it is used', async () => {
    expect(await lab('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('up [N]') });
    expect(await lab()).toMatchObject({ code: 2, stdout: expect.stringContaining('up [N]') });
  });

  it.each([['frobnicate'], ['up', '--no-such'], ['shell', '--no-such', 'node1']])('refuses %s %s', async (...args) => {
    expect(await lab(...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error: /) });
  });

  it('lists the scenarios', async () => {
    expect((await lab('list')).stdout).toMatch(/^power-cut +2 nodes {2}\S/m);
  });

  it('says what to do where there is no lab', async () => {
    expect(await lab('status')).toMatchObject({ code: 3, stdout: expect.stringContaining('npm run lab -- up') });
    expect(await lab('kill', 'node1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('next:  npm run lab -- up'),
    });
    expect(await lab('run', 'nothing')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('npm run lab -- list'),
    });
  });
});
