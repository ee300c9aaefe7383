import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUE_FILE, loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bash, ROOT } from '../bash.fixture.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'twin-release-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('release.sh', () => {
  test('--help says what it makes', async () => {
    const { code, out } = await bash(home, ['scripts/release.sh', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('--class');
  });

  test.each([
    [['--klass', 'core2'], 'unknown option --klass'],
    [['--class'], '--class needs a value'],
    [['--class', 'avx'], "unknown class 'avx'"],
    [['--out', '--dry-run'], '--out needs a value'],
  ])('%j is refused with 2', async (args, words) => {
    const { code, err } = await bash(home, ['scripts/release.sh', ...args]);
    expect(code).toBe(2);
    expect(err).toContain(words);
  });

  test('--dry-run changes nothing', async () => {
    const { code, out, err } = await bash(home, ['scripts/release.sh', '--dry-run', '--class', 'core2']);
    expect(code, err).toBe(0);
    expect(out).toContain('for core2');
    expect(await readdir(home)).toEqual([]);
  });

  test('a checkout that is not built is said so, with what builds it', async () => {
    const script = `set -eu; . scripts/lib/say.sh; . scripts/lib/release/app.sh; cd ${home}; require_built`;
    const { code, err } = await bash(home, ['-c', script]);
    expect(code).toBe(1);
    expect(err).toMatch(/not built: pipecat-app\/dist\/main\.js is missing[\s\S]*next: .*bootstrap\.sh/);
  });

  test('a program is portable only when every Debian has what it needs', async () => {
    const script = `set -eu; . scripts/lib/say.sh; . scripts/lib/release/runtime.sh
      portable /bin/cat || exit 3; ! portable "$(command -v curl)" || exit 4`;
    expect((await bash(home, ['-c', script])).code).toBe(0);
  });
});

describe('npm packages that are shipped', () => {
  const shipped = execFileSync('node', [join(ROOT, 'scripts/lib/production-modules.js')], { encoding: 'utf8' });
  const names = new Set(shipped.split('\n').map((path) => path.replace(/^.*node_modules\//, '')));

  test('are all that the shipped programs import, and no tool of development', async () => {
    const wanted = new Set<string>();
    for (const folder of ['hashi', 'jobs', 'pipecat-app', 'power-agent']) {
      for (const file of await readdir(join(ROOT, folder, 'src'), { recursive: true })) {
        if (!/\.ts$/.test(file) || /\.(test|fixture|contract)\.ts$/.test(file)) continue;
        const text = await readFile(join(ROOT, folder, 'src', file), 'utf8');
        for (const [line, name] of text.matchAll(
          /^(?:import|export)\b[^'"]*from '((?:@[\w.-]+\/)?[\w.-]+)(?:\/[^']*)?';/gm,
        )) {
          if (name && !/^(?:import|export) type/.test(line) && !isBuiltin(name) && !name.startsWith('@twin'))
            wanted.add(name);
        }
      }
    }
    expect(wanted.size).toBeGreaterThan(15);
    expect([...wanted].filter((name) => !names.has(name) && !name.startsWith('.'))).toEqual([]);
    for (const tool of ['vitest', 'typescript', '@biomejs/biome', 'knip', 'lefthook'])
      expect(names).not.toContain(tool);
  });
});

test('what the default expert is told of its models is what the catalogue says', async () => {
  const text = await readFile(CATALOGUE_FILE, 'utf8');
  const list = text.slice(text.indexOf('\ndefault_expert_models:'));
  const values = (key: string): string[] =>
    [...list.matchAll(new RegExp(`^ {2}[ -] ${key}: (\\S+)$`, 'gm'))].map(([, value]) => value as string);
  const told = values('name').map((name, index) => ({
    name,
    file: values('file')[index],
    sha256: values('sha256')[index],
    ramMb: Number(values('min_ram_mb')[index]),
  }));
  expect(told.length).toBeGreaterThan(1);
  const { models } = loadCatalogue();
  expect(told).toEqual(
    told.map(({ name }) => {
      const model = models.find((entry) => entry.name === name);
      return { name, file: model?.file, sha256: model?.sha256, ramMb: model?.ramMb };
    }),
  );
  expect(values('fallback').at(-1)).toBe('true');
});
