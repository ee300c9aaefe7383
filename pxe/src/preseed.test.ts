import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lateCommand, type PreseedParts, preseed } from './preseed.js';

const PARTS: PreseedParts = {
  plan: {
    name: 'worker1',
    disk: 'auto',
    wipe: false,
    way: 'installer',
    installId: 'b7f0c1de-0000-4000-8000-000000000001',
  },
  report: `http://10.0.0.1:8100/install/${'a'.repeat(32)}`,
  archive: 'http://archive.test:3142/debian',
  register: {
    url: 'https://10.0.0.1:8101',
    cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    token: 'secret',
  },
  firstBoot: { script: '#!/bin/sh\n', unit: '[Unit]\n' },
  began: false,
};
const answer = (text: string, question: string): string =>
  new RegExp(`^d-i ${question} \\S+ ?(.*)$`, 'm').exec(text)?.[1] ?? 'none';

test('debconf reads every line of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'twin-preseed-'));
  try {
    const file = join(folder, 'preseed.cfg');
    writeFileSync(file, preseed(PARTS));
    expect(() => execFileSync('debconf-set-selections', ['-c', file], { stdio: 'pipe' })).not.toThrow();
    writeFileSync(file, 'd-i one\n');
    expect(() => execFileSync('debconf-set-selections', ['-c', file], { stdio: 'pipe' })).toThrow();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('names the archive, the machine and nobody’s password', () => {
  const text = preseed(PARTS);
  expect(answer(text, 'mirror/http/hostname')).toBe('archive.test:3142');
  expect(answer(text, 'mirror/http/directory')).toBe('/debian');
  expect(answer(text, 'netcfg/hostname')).toBe('worker1');
  expect(answer(text, 'passwd/root-password-crypted')).toBe('!');
  expect(text).not.toMatch(/secret|password [^!]/);
});

test.each([
  ['guards a disk with data', {}, true],
  ['not where the operator said wipe', { plan: { ...PARTS.plan, wipe: true } }, false],
  ['nor where an earlier try of the same installation has begun', { began: true }, false],
])('%s', (_, more, guarded) => {
  const command = answer(preseed({ ...PARTS, ...more }), 'partman/early_command');
  expect(command.includes('the-disk-has-data')).toBe(guarded);
  // It is shell, in one line.
  execFileSync('sh', ['-n', '-c', command]);
});

test('its last command carries what registers the machine, in the installed system', () => {
  const [, encoded = ''] = /echo (\S+) \| base64 -d \| sh"/.exec(lateCommand(PARTS)) ?? [];
  const script = Buffer.from(encoded, 'base64').toString();
  execFileSync('sh', ['-n', '-c', script]);
  const written = (path: string): string =>
    Buffer.from(new RegExp(`echo (\\S+) \\| base64 -d >${path} `).exec(script)?.[1] ?? '', 'base64').toString();
  expect(written('/etc/twin/register')).toBe('url=https://10.0.0.1:8101\ntoken=secret\n');
  expect(written('/etc/twin/register.pem')).toBe(PARTS.register.cert);
  expect(script).toContain('chmod 0600 /etc/twin/register\n');
});
