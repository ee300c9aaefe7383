import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { concat } from '../voice/pcm.js';
import { childProcesses } from './child-processes.fixture.js';
import { collect } from './collect.fixture.js';
import { Espeak } from './espeak.js';

const LONG = 'The timer is set for ten minutes. '.repeat(12);
const VOICE = { name: '', rate: 170 };
const never = new AbortController().signal;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'espeak-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => expect(childProcesses()).toEqual([]));

/** An espeak-ng that does `lines` before it becomes the real one. */
function wrapped(name: string, lines: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\ncase "$1" in --voices*) exec espeak-ng "$@";; esac\n${lines}\nexec espeak-ng "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

async function sound(espeak: Espeak, text: string, name = ''): Promise<Int16Array> {
  return concat(await collect(espeak.speak(text, { name, rate: 170 }, never)));
}

it('goes on at the same sample when its process is killed in the middle of a clause', async () => {
  const espeak = new Espeak();
  const whole = await sound(espeak, LONG);
  const pieces: Int16Array[] = [];
  for await (const piece of espeak.speak(LONG, VOICE, never)) {
    pieces.push(piece);
    if (pieces.length === 2) for (const pid of childProcesses()) process.kill(pid, 'SIGKILL');
  }
  expect(concat(pieces)).toEqual(whole);
});

it('says so when its process is killed twice', async () => {
  const espeak = new Espeak({ binary: wrapped('dies', 'kill -9 $$') });
  await expect(sound(espeak, 'Hello.')).rejects.toMatchObject({ code: 'TWIN_TTS_UNAVAILABLE', retryable: true });
});

it('replaces a process that hangs', async () => {
  const marker = join(folder, 'hung-once');
  const binary = wrapped('hangs', `[ -e ${marker} ] || { : >${marker}; kill -STOP $$; }`);
  const espeak = new Espeak({ binary, stallMs: 300 });
  expect(await sound(espeak, 'Hello.')).toEqual(await sound(new Espeak(), 'Hello.'));
});

it('names the package when espeak-ng is not installed, and works once it is', async () => {
  const binary = join(folder, 'later');
  const espeak = new Espeak({ binary });
  expect(espeak.voices()).toEqual([]);
  expect(espeak.health()).toMatchObject({
    ok: false,
    detail: expect.stringContaining('install the package espeak-ng'),
  });
  await expect(sound(espeak, 'Hello.')).rejects.toMatchObject({
    code: 'TWIN_TTS_UNAVAILABLE',
    retryable: false,
    next: expect.stringContaining('apt-get install espeak-ng'),
  });
  wrapped('later', '');
  expect(espeak.health()).toMatchObject({ ok: true });
  expect((await sound(espeak, 'Hello.')).length).toBeGreaterThan(4000);
});

it('has variants that sound different from their voice', async () => {
  const espeak = new Espeak();
  for (const name of ['en-us', 'en-gb']) {
    const plain = await sound(espeak, 'Hello there.', name);
    expect(await sound(espeak, 'Hello there.', `${name}+f3`)).not.toEqual(plain);
    expect(await sound(espeak, 'Hello there.', `${name}+m3`)).not.toEqual(plain);
  }
});

it('reads text that looks like an option, a shell command, phonemes or an embedded command as words', async () => {
  const espeak = new Espeak();
  expect(await sound(espeak, '[[h@loU]]')).toEqual(await sound(espeak, 'h@loU'));
  expect(await sound(espeak, 'one \u0001400S two')).toEqual(await sound(espeak, 'one  400S two'));
  for (const text of ['--version', '-w /tmp/x', '$(id); `id` | id > x', '<mark name="x"/>', '\u0000']) {
    await expect(sound(espeak, text)).resolves.toBeInstanceOf(Int16Array);
  }
});

it('survives any text', async () => {
  const espeak = new Espeak();
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, async (said) => {
      expect(await sound(espeak, said)).toBeInstanceOf(Int16Array);
    }),
    { numRuns: 15 },
  );
});
