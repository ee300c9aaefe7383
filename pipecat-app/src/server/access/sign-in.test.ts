import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../temporary-folder.fixture.js';
import { SignIns } from './sign-in.js';
import type { SignedIn } from './tickets.js';

const ANNA: SignedIn = { role: 'operator', name: 'anna', keyId: 'a1' };

let home: string;
let now: number;
let problems: string[];
beforeEach(() => {
  home = temporaryFolder();
  now = Date.UTC(2025, 0, 1);
  problems = [];
});

const file = () => join(home, 'sign-ins.json');
const start = () =>
  SignIns.open(
    home,
    ({ message }) => problems.push(message),
    () => now,
  );

it('knows a browser again after a restart, from a file without the cookie', async () => {
  const before = await start();
  const cookie = before.open(ANNA);
  await before.saved();
  expect((await start()).who(cookie)).toEqual(ANNA);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(readFileSync(file(), 'utf8')).not.toContain(cookie);
});

it('does not know who has signed out, nor a code of the run before', async () => {
  const before = await start();
  const [cookie, other, code] = [before.open(ANNA), before.open(ANNA), before.issueCode(ANNA)];
  await before.close(cookie);
  const after = await start();
  expect(after.who(cookie)).toBeUndefined();
  expect(after.redeem(code)).toBeUndefined();
  expect(after.who(other)).toEqual(ANNA);
});

it('ends a session after thirty days, restart or not', async () => {
  const before = await start();
  const cookie = before.open(ANNA);
  await before.saved();
  now += SignIns.sessionMs - 1;
  expect((await start()).who(cookie)).toEqual(ANNA);
  now += 1;
  expect(before.who(cookie)).toBeUndefined();
  expect((await start()).who(cookie)).toBeUndefined();
});

it.each(['{"a', '[{"role":"emperor"}]', '{}'])('starts with nobody signed in from a damaged file: %s', async (text) => {
  writeFileSync(file(), text);
  const signIns = await start();
  expect(problems).toEqual([`${file()} is damaged.`]);
  const cookie = signIns.open(ANNA);
  await signIns.saved();
  expect((await start()).who(cookie)).toEqual(ANNA);
});
