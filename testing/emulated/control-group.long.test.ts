import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../bench/servers.js';

const run = promisify(execFile);
const here = join(ROOT, 'testing', 'emulated');

type Run = { ending: string; code: number | null; stdout: string };
type Seen = { user: number; detail: string; ordinary: Run; files: Run; together: Run; processes: Run; left: string[] };
let seen: Seen[];

/** Control groups of this machine are not ours to change: an emulated one has its own. Root is needed for that. */
const isRoot = process.getuid?.() === 0;

describe.runIf(isRoot)('the sandbox where systemd hands over control groups', () => {
  beforeAll(async () => {
    const { stdout } = await run(join(here, 'machine.sh'), [join(here, 'delegated.sh')], { timeout: 600_000 });
    seen = [...stdout.matchAll(/^seen (\{.*\})$/gm)].map(([, json]) => JSON.parse(json ?? '') as Seen);
  }, 600_000);

  test('is checked as root and as an ordinary user', () => {
    expect(seen.map(({ user }) => user)).toEqual([0, 1000]);
  });

  test.each([0, 1])('holds memory of all processes and files together, and leaves no group behind (%i)', (i) => {
    const its = seen[i];
    expect(its?.detail).toContain('a control group');
    expect(its?.ordinary).toEqual({ ending: 'exit', code: 0, stdout: 'fine' });
    expect(its?.files).toMatchObject({ ending: 'memory', stdout: '' });
    expect(its?.together).toMatchObject({ ending: 'memory', stdout: '' });
    expect(its?.processes).toMatchObject({ ending: 'exit', code: 0 });
    expect(Number(its?.processes.stdout)).toBeGreaterThan(4);
    expect(Number(its?.processes.stdout)).toBeLessThan(16);
    expect(its?.left).toEqual([]);
  });
});
