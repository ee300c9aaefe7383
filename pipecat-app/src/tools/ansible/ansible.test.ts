import { existsSync, mkdirSync, readFileSync, symlinkSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../temporary-folder.fixture.js';
import { approvesAll } from '../consent.fixture.js';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import { ansibleTool } from './ansible.js';

let folder: string;
let inventory: string;
const controls = controlsOf('a');

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const play = (tasks: string, more = ''): string =>
  `- name: A small play\n  hosts: workers\n  gather_facts: false\n${more}  tasks:\n${tasks}`;

beforeEach(() => {
  folder = temporaryFolder();
  inventory = join(folder, 'inventory.yaml');
  write(
    'inventory.yaml',
    'workers: {hosts: {attic: {ansible_connection: local, ansible_python_interpreter: /usr/bin/python3}, desk: {ansible_connection: local, ansible_python_interpreter: /usr/bin/python3}}}\n',
  );
});

const call = (method: string, args: Record<string, unknown> = {}, signal = new AbortController().signal) =>
  new ToolRegistry([ansibleTool({ folder, inventory })], { consent: approvesAll }).call(
    `ansible.${method}`,
    args,
    controls,
    signal,
  );

test('playbooks in the folder are named, and nothing else', async () => {
  write('heal.yaml', play('    - debug: {msg: hi}\n'));
  write('settings.yaml', 'a: 1\n');
  write('list.yaml', '- a\n- b\n');
  mkdirSync(join(folder, 'deeper'));
  writeFileSync(join(folder, 'deeper', 'other.yaml'), play('    - debug: {msg: hi}\n'));
  symlinkSync(join(folder, 'deeper', 'other.yaml'), join(folder, 'link.yaml'));
  expect(await call('list')).toEqual({ ok: true, output: 'heal.yaml: A small play' });
});

describe('a real playbook', () => {
  test('runs with variables, tags and a limit', async () => {
    write(
      'touch.yaml',
      play(`    - {name: Write, copy: {dest: "${folder}/{{ inventory_hostname }}", content: "{{ words }}"}, tags: [a]}
    - {name: Not this, copy: {dest: "${folder}/never", content: x}, tags: [b]}\n`),
    );
    const result = await call('run', {
      playbook: 'touch',
      vars: { words: 'two "words" $(id)' },
      tags: 'a',
      limit: 'attic',
    });
    expect(result).toEqual({
      ok: true,
      output: expect.stringMatching(/^touch\.yaml is done, 1 tasks\.\nattic : ok=1 changed=1/),
    });
    expect(readFileSync(join(folder, 'attic'), 'utf8')).toBe('two "words" $(id)');
    expect(['desk', 'never'].filter((file) => existsSync(join(folder, file)))).toEqual([]);
  });

  test.each([
    ['an undefined variable', '    - debug: {msg: "{{ nothing_of_that_name }}"}\n', /HINT: A variable has no value/],
    ['a missing collection', '    - {name: x, nowhere.at.all: {a: 1}}\n', /HINT: A collection is missing/],
    [
      'a package lock',
      '    - fail: {msg: "Could not get lock /var/lib/dpkg/lock-frontend"}\n',
      /HINT: Another program installs packages/,
    ],
    ['a task that fails', '    - fail: {msg: "the disk is on fire"}\n', /attic: the disk is on fire/],
    ['broken YAML', '    - {a: [\n', /HINT: .*not valid YAML/],
  ])('that has %s fails with words', async (_, tasks, words) => {
    write('bad.yaml', play(tasks));
    const result = await call('run', { playbook: 'bad.yaml', limit: ['attic'] });
    expect(result).toEqual({ ok: false, error: 'TWIN_ANSIBLE', output: expect.stringMatching(words) });
  });

  test('for machines that are not in the inventory says so', async () => {
    write('none.yaml', play('    - ping:\n').replace('workers', 'nobody'));
    expect((await call('run', { playbook: 'none' })).output).toMatch(/0 tasks\.\nHINT: No machine fits/);
  });

  test('on a machine that does not answer says so', async () => {
    write('inventory.yaml', 'workers: {hosts: {away: {ansible_host: 127.0.0.1, ansible_port: 9}}}\n');
    write('ping.yaml', play('    - ping:\n'));
    expect((await call('run', { playbook: 'ping' })).output).toMatch(/HINT: A machine does not answer over SSH/);
  });

  test('is ended with all that it started when it is aborted', async () => {
    const started = join(folder, 'started');
    write('slow.yaml', play(`    - shell: 'echo $$ > ${started}.new; mv ${started}.new ${started}; exec sleep 300'\n`));
    const stop = new AbortController();
    const seen = appears(started);
    const running = call('run', { playbook: 'slow', limit: 'attic' }, stop.signal);
    await seen;
    const pid = Number(readFileSync(started, 'utf8'));
    stop.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => alive(pid), { interval: 50, timeout: 10_000 }).toBe(false);
  });
});

describe('refused', () => {
  test.each(['../heal', '/etc/x.yaml', 'deeper/other.yaml', '-e', 'a b', '--help', 'heal.yaml;id', ''])(
    'the playbook %j',
    async (playbook) => {
      expect(await call('run', { playbook })).toMatchObject({ ok: false, error: 'TWIN_TOOL_ARGS' });
    },
  );
  test.each([
    [{ vars: { ansible_connection: 'local' } }],
    [{ vars: { a: '{{ lookup("pipe", "id") }}' } }],
    [{ vars: { a: { deep: ['{% if 1 %}'] } } }],
    [{ vars: { 'a b': 1 } }],
    [{ tags: ['--ask-pass'] }],
    [{ limit: '@/etc/passwd' }],
    [{ inventory: '/tmp/other' }],
  ])('%j', async (args) => {
    write('heal.yaml', play('    - debug: {msg: hi}\n'));
    expect(await call('run', { playbook: 'heal', ...args })).toMatchObject({ ok: false, error: 'TWIN_TOOL_ARGS' });
  });
  test('a file of the folder that is no playbook', async () => {
    expect(await call('run', { playbook: 'inventory.yaml' })).toMatchObject({ ok: false, error: 'TWIN_PLAYBOOK' });
  });
});

test('without Ansible or an inventory it says how to get them', () => {
  expect(ansibleTool({ folder, inventory, path: folder }).unavailable?.()).toMatch(/apt install ansible-core/);
  expect(ansibleTool({ folder, inventory: '/none' }).unavailable?.()).toMatch(/TWIN_INVENTORY/);
});

/** A process that ended but that nobody asked about is gone all the same. */
function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function appears(file: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => {
      if (!existsSync(file)) return;
      watcher.close();
      resolve();
    });
  });
}
