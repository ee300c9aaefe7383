import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { temporaryFolder } from '@twin/pipecat-app/temporary-folder.fixture.js';
import { expect, test } from 'vitest';
import { ROOT } from './bash.fixture.js';

const JOIN = join(ROOT, 'scripts/join.py');
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
const open = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);

/** A token as the controller makes it; `end` in seconds since 1970. */
function token(end: number, version = 1): string {
  const head = Buffer.alloc(5);
  head.writeUInt8(version, 0);
  head.writeUInt32BE(end, 1);
  const body = Buffer.concat([head, open, seed, open]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return `twin1.${Buffer.concat([body, sum]).toString('base64url')}`;
}
const FAR = 4_000_000_000;
const ask = (input: string) => spawnSync('python3', [JOIN, '192.0.2.1'], { input: `${input}\n`, encoding: 'utf8' });

test('the key in a token is one that OpenSSH reads', () => {
  const script = `import runpy, sys
module = runpy.run_path(${JSON.stringify(JOIN)})
_, _, seed, public = module["read_token"](sys.argv[1])
print(module["private_key"](seed, public), end="")`;
  const key = execFileSync('python3', ['-c', script, token(FAR)], { encoding: 'utf8' });
  const file = join(temporaryFolder(), 'key');
  writeFileSync(file, key, { mode: 0o600 });
  const said = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' });
  const blob = Buffer.from(said.split(' ')[1] ?? '', 'base64');
  expect(blob.subarray(-32)).toEqual(open);
});

const good = token(FAR);
test.each([
  ['nothing', ''],
  ['another word', 'hello'],
  ['a part of one', good.slice(0, -4)],
  ['one with a slip of the pen', `${good.slice(0, 40)}${good[40] === 'A' ? 'B' : 'A'}${good.slice(41)}`],
  ['one of another version', token(FAR, 2)],
  ['one that is no base64', `twin1.${'*'.repeat(146)}`],
])('%s is no token: code 2, with what to do', (_, text) => {
  const { status, stderr, stdout } = ask(text);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain('error: this is no token to join with.\nnext:  copy all of the line');
});

test('a token whose time is over says when that was', () => {
  const { status, stderr } = ask(token(1_000_000_000));
  expect(status).toBe(1);
  expect(stderr).toMatch(/the token's time was over at \d\d:\d\d on \d\d September[\s\S]*Is this clock right\?/);
});
