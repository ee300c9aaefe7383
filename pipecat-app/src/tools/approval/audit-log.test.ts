import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../temporary-folder.fixture.js';
import { AuditLog } from './audit-log.js';
import { verifyAudit } from './audit-verify.js';

async function written(count: number): Promise<string> {
  const file = join(temporaryFolder(), 'audit.jsonl');
  const log = await AuditLog.open(file, () => 0);
  await Promise.all(Array.from({ length: count }, (_, i) => log.append('done', { tool: `t.${i}` })));
  await log.close();
  return file;
}

test('a chain is whole over restarts, of its owner only, and read from a number on', async () => {
  const file = await written(3);
  const log = await AuditLog.open(file);
  await log.append('asked', { tool: 'x' });
  expect((await log.since(2)).map(({ seq }) => seq)).toEqual([3, 4]);
  await log.close();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await verifyAudit(file)).toMatchObject({ ok: true, entries: 4, broken: null });
});

test.each<[string, (lines: string[]) => string[], number, RegExp]>([
  ['changed', (lines) => lines.map((line) => line.replace('t.1', 't.9')), 2, /changed/],
  ['removed', (lines) => lines.toSpliced(1, 1), 2, /follow/],
  ['swapped', ([a = '', b = '', c = '', end = '']) => [a, c, b, end], 2, /follow/],
  ['no JSON', ([a = '', ...rest]) => [a, 'x', ...rest], 2, /no entry/],
])('a line that was %s is named', async (_, change, line, why) => {
  const file = await written(3);
  writeFileSync(file, change(readFileSync(file, 'utf8').split('\n')).join('\n'));
  expect(await verifyAudit(file)).toMatchObject({ ok: false, broken: { line, why: expect.stringMatching(why) } });
});

test('an unfinished last line is named, then removed and noted', async () => {
  const file = await written(2);
  appendFileSync(file, '{"seq":3');
  expect(await verifyAudit(file)).toMatchObject({ broken: { line: 3, why: expect.stringContaining('unfinished') } });
  const log = await AuditLog.open(file);
  expect(await log.since(2)).toMatchObject([{ seq: 3, what: 'repaired' }]);
  await log.close();
  expect(await verifyAudit(file)).toMatchObject({ ok: true, entries: 3 });
});

test('kill -9 while it writes loses nothing that was acknowledged', async () => {
  const file = await written(1);
  const module = new URL('../../../dist/tools/approval/audit-log.js', import.meta.url).href;
  const script = `const { AuditLog } = await import(${JSON.stringify(module)});
    const log = await AuditLog.open(${JSON.stringify(file)});
    for (let i = 0; ; i++) { await log.append('done', { tool: 'x'.repeat(2000) }); process.stdout.write('.'); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  let acknowledged = 0;
  child.stdout.on('data', (dots: Buffer) => {
    acknowledged += dots.length;
    if (acknowledged > 40) child.kill('SIGKILL');
  });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint += text;
  });
  await once(child, 'close');
  expect(complaint).toBe('');
  const before = await verifyAudit(file);
  if (!before.ok) expect(before.broken?.why).toContain('unfinished');
  expect(before.entries).toBeGreaterThanOrEqual(acknowledged + 1);
  await (await AuditLog.open(file)).close();
  expect((await verifyAudit(file)).ok).toBe(true);
});
