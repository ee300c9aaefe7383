import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlGroups } from './control-group.js';
import { DEFAULT_LIMITS } from './limits.js';

/** Ordinary files where the kernel has its own: what is written where, no more. testing/emulated shows that it holds. */
let mount: string;
const unit = (): string => join(mount, 'system.slice', 'twin.service');
beforeEach(() => {
  mount = mkdtempSync(join(tmpdir(), 'twin-groups-'));
  mkdirSync(join(unit(), 'agent'), { recursive: true });
  for (const file of ['cgroup.procs', 'cgroup.subtree_control']) writeFileSync(join(unit(), file), '');
  writeFileSync(join(unit(), 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
});
afterEach(() => rmSync(mount, { recursive: true, force: true }));

describe('control groups', () => {
  it.each([
    ['the agent runs in a group that was not handed over', '/user.slice/session-1.scope'],
    ['there is no cgroup v2', ''],
    ['the group is not there', '/other.service/agent'],
  ])('are not used where %s', (_, own) => {
    expect(ControlGroups.find(mount, own)).toBeUndefined();
    expect(readFileSync(join(unit(), 'cgroup.subtree_control'), 'utf8')).toBe('');
  });

  it('are not used where they do not count memory', () => {
    writeFileSync(join(unit(), 'cgroup.controllers'), 'cpu pids\n');
    expect(ControlGroups.find(mount, '/system.slice/twin.service/agent')).toBeUndefined();
  });

  it('limit memory, processes and processor time of each sandbox, beside the agent', () => {
    const groups = ControlGroups.find(mount, '/system.slice/twin.service/agent');
    expect(readFileSync(join(unit(), 'cgroup.subtree_control'), 'utf8')).toBe('+memory +pids +cpu');
    const group = groups?.open({ ...DEFAULT_LIMITS, memoryBytes: 1000, processes: 4 });
    const [name = ''] = readdirSync(unit()).filter((file) => file.startsWith('sandbox-'));
    const value = (file: string): string => readFileSync(join(unit(), name, file), 'utf8');
    expect(['memory.max', 'memory.swap.max', 'pids.max', 'cpu.max'].map(value)).toEqual([
      '1000',
      '0',
      '12',
      '100000 100000',
    ]);
    expect(group?.wrap(['bwrap', '--x'])).toEqual(
      expect.arrayContaining([join(unit(), name, 'cgroup.procs'), 'bwrap', '--x']),
    );
    expect(group?.outOfMemory()).toBe(false);
    writeFileSync(join(unit(), name, 'memory.events'), 'low 0\noom 1\noom_kill 1\noom_group_kill 0\n');
    expect(group?.outOfMemory()).toBe(true);
  });
});
