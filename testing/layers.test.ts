import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const config = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as {
  forbidden: { name: string }[];
};
const src = 'pipecat-app/src';

/** For each rule one import that breaks it, of types alone: the file that imports, and what it imports. */
const BROKEN: Record<string, [from: string, to: string]> = {
  'no-cycles': [`${src}/voice/a.ts`, `${src}/voice/b.ts`],
  'no-orphans': [`${src}/voice/orphan.ts`, ''],
  'only-for-tests': [`${src}/voice/c.ts`, `${src}/voice/c.fixture.ts`],
  'hashi-stands-alone': ['hashi/src/a.ts', `${src}/errors.ts`],
  'power-agent-needs-only-hashi': ['power-agent/src/a.ts', `${src}/errors.ts`],
  'network-boot-needs-only-hashi': ['pxe/src/a.ts', `${src}/errors.ts`],
  'core-knows-no-doors': [`${src}/tools/a.ts`, `${src}/server/a.ts`],
  'voice-knows-no-engines': [`${src}/voice/d.ts`, `${src}/ears/silero.ts`],
  'engines-stand-alone': [`${src}/mouth/a.ts`, `${src}/ears/stt.ts`],
  'engines-do-not-meet': [`${src}/server/b.ts`, `${src}/mouth/espeak.ts`],
  'page-shares-only-the-protocol': ['pipecat-app/web/src/a.tsx', `${src}/server/a.ts`],
  'server-knows-no-page': [`${src}/server/c.ts`, 'pipecat-app/web/src/b.ts'],
  'composition-root-is-the-top': [`${src}/server/d.ts`, `${src}/main.ts`],
  'jobs-need-only-node': ['jobs/src/a.ts', `${src}/voice/pcm.ts`],
  'no-unlisted-packages': [`${src}/voice/e.ts`, 'fast-check'],
  'no-unresolvable': [`${src}/voice/f.ts`, `${src}/voice/nothing.ts`],
  'no-dev-packages-in-product': [`${src}/voice/g.ts`, 'vitest'],
};
/** Imports that look alike and are allowed. */
const ALLOWED: [from: string, to: string][] = [
  [`${src}/voice/h.ts`, `${src}/server/protocol.ts`],
  ['pipecat-app/web/src/c.ts', `${src}/server/protocol.ts`],
  [`${src}/mouth/b.ts`, `${src}/voice/pcm.ts`],
  [`${src}/voice/i.ts`, `${src}/mouth/tts.ts`],
  [`${src}/mouth/c.test.ts`, `${src}/ears/stt.ts`],
  [`${src}/main.ts`, `${src}/mouth/espeak.ts`],
  ['jobs/src/b.ts', 'node:fs'],
];

let tree: string;
let violations: { rule: string; from: string }[];

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'layers-test-'));
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  for (const file of ['scripts/lint-layers.sh', '.dependency-cruiser.cjs']) cpSync(join(root, file), join(tree, file));
  const dependencies = { zod: '4' };
  write('pipecat-app/package.json', JSON.stringify({ dependencies, devDependencies: { vitest: '4' } }));
  write('hashi/package.json', '{}');
  write('package.json', '{}');
  write('testing/a.ts', 'export {};');
  for (const [from, to] of [...ALLOWED, ...Object.values(BROKEN)]) importing(from, to);
  importing(`${src}/voice/b.ts`, `${src}/voice/a.ts`);
  violations = cruise();
});
afterAll(() => rmSync(tree, { recursive: true }));

it('has an example for every rule', () => {
  expect(Object.keys(BROKEN).sort()).toEqual(config.forbidden.map(({ name }) => name).sort());
});

it.each(Object.entries(BROKEN))('%s is reported', (rule, [from]) => {
  expect(violations).toContainEqual({ rule, from });
});

it.each(ALLOWED)('%s may import %s', (from) => {
  expect(violations.filter((violation) => violation.from === from)).toEqual([]);
});

function importing(from: string, to: string): void {
  const isFile = to.includes('/');
  if (isFile && !to.endsWith('nothing.ts')) write(to, 'export type T = 1;', { keep: true });
  const target = isFile ? `./${relative(dirname(from), to).replace(/\.ts$/, '.js')}` : to;
  // Types of a development package may be used anywhere: they are gone when the product runs.
  const word = to === 'vitest' ? 'import' : 'import type';
  const text = `${word} { T } from '${target}';\nexport const u = (t: T): T => t;\nexport type { T };\n`;
  write(from, to === '' ? 'export {};' : text);
}

function write(file: string, text: string, { keep = false } = {}): void {
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  try {
    writeFileSync(join(tree, file), text, { flag: keep ? 'wx' : 'w' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function cruise(): { rule: string; from: string }[] {
  let output = '';
  try {
    output = execFileSync(join(tree, 'scripts', 'lint-layers.sh'), {
      cwd: tree,
      encoding: 'utf8',
      env: { ...process.env, OUTPUT: 'json' },
    });
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  const { summary } = JSON.parse(output) as { summary: { violations: { rule: { name: string }; from: string }[] } };
  return summary.violations.map(({ rule, from }) => ({ rule: rule.name, from }));
}
