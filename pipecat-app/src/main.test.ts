import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Health } from './server/protocol.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

/** The agent as it is started, after `npm run build:server`. */
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const TWIN = fileURLToPath(new URL('../bin/twin.js', import.meta.url));

let home: string;
let running: Program[] = [];
beforeEach(() => {
  expect(existsSync(MAIN), 'run `npm run build:server` first').toBe(true);
  home = temporaryFolder();
});
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
});

type Program = { child: ChildProcess; out: () => string; err: () => string; ended: Promise<number | null> };

function start(file: string, args: string[], env: Record<string, string>): Program {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [file, ...args], {
    env: {
      PATH,
      TWIN_HOME: home,
      TWIN_MODELS: join(home, 'models'),
      TWIN_ENGINES: join(home, 'engines'),
      TWIN_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => void out.push(data));
  child.stderr.on('data', (data: Buffer) => void err.push(data));
  const program = {
    child,
    out: () => Buffer.concat(out).toString(),
    err: () => Buffer.concat(err).toString(),
    ended: once(child, 'close').then(([code]) => code as number | null),
  };
  running.push(program);
  return program;
}

/** The agent without engines and models, and its sign-in link. */
async function agent(env: Record<string, string> = {}): Promise<Program & { link: URL }> {
  const program = start(MAIN, [], env);
  await expect.poll(program.out, { timeout: 15_000 }).toContain('twin signin');
  const link = /http:\S+\/signin\?code=\S+/.exec(program.out())?.[0] ?? '';
  return { ...program, link: new URL(link) };
}

describe('the agent', () => {
  it('is there before any model is, says honestly what is missing and what to do', async () => {
    const { link } = await agent();
    const health = () => fetch(new URL('/health', link));
    await expect
      .poll(async () => ((await (await health()).json()) as Health).parts.stt?.detail, { timeout: 15_000 })
      .toMatch(/not installed.*build-whisper|older/);
    const response = await health();
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: 'failed',
      parts: { tts: { ok: expect.any(Boolean) }, llm: { ok: false } },
    });
  });

  it('signs a browser in with the link it printed, once', async () => {
    const { link } = await agent();
    const open = () => fetch(link, { redirect: 'manual' });
    expect((await open()).headers.get('set-cookie')).toContain('HttpOnly');
    expect((await open()).status).toBe(401);
  });

  it('answers a command by text although no model is there, and then stops with 0 on SIGTERM', async () => {
    const { link, child, ended } = await agent();
    const send = start(TWIN, ['--endpoint', link.origin, 'send', 'what', 'time', 'is', 'it'], {});
    expect(await send.ended).toBe(0);
    expect(send.out()).toMatch(/\d/);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('knows a browser and the conversation again after a restart', async () => {
    const before = await agent();
    const cookie = (await fetch(before.link, { redirect: 'manual' })).headers.get('set-cookie')?.split(';')[0] ?? '';
    await start(TWIN, ['--endpoint', before.link.origin, 'send', 'what can you do'], {}).ended;
    before.child.kill('SIGTERM');
    await before.ended;
    const after = await agent();
    const response = await fetch(new URL('/api/conversation', after.link), { headers: { cookie } });
    expect(await response.json()).toMatchObject({ lines: [{ role: 'user', text: 'what can you do' }, { id: 2 }] });
  });

  it('starts although its state is damaged, and says so', async () => {
    writeFileSync(join(home, 'sign-ins.json'), '{');
    writeFileSync(join(home, 'conversation.json'), 'what somebody said');
    const { out } = await agent();
    await expect.poll(out).toMatch(/conversation.json is damaged[\s\S]*sign-ins.json is damaged/);
    expect(out()).not.toContain('somebody');
  });

  it('logs no sign-in code', async () => {
    const program = await agent({ TWIN_LOG_LEVEL: 'trace' });
    await fetch(program.link, { redirect: 'manual' });
    await expect.poll(program.out).toContain('"path":"/signin"');
    const code = program.link.searchParams.get('code') ?? '-';
    expect(program.out().split(code)).toHaveLength(2);
  });
});

describe('a start that cannot work', () => {
  it.each([
    [
      'a setting that is wrong',
      { VAD_THRESHOLD: '7', TWIN_PORT: 'x' },
      /VAD_THRESHOLD[\s\S]*TWIN_PORT|TWIN_PORT[\s\S]*VAD_THRESHOLD/,
    ],
    ['TLS files that are not there', { TWIN_TLS_CERT: '/nowhere', TWIN_TLS_KEY: '/nowhere' }, /TWIN_TLS_CERT/],
    ['a mouth without its address', { TTS_SERVICE: 'openai' }, /TTS_BASE_URL/],
    ['an ear without its address', { STT_SERVICE: 'openai' }, /STT_BASE_URL/],
  ])('ends with 2 and words: %s', async (_, env, words) => {
    const program = start(MAIN, [], env as Record<string, string>);
    expect(await program.ended).toBe(2);
    expect(program.err()).toMatch(words);
    expect(program.err()).not.toMatch(/\n\s+at /);
  });

  it('ends with 2 and words when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    try {
      const program = start(MAIN, [], { TWIN_PORT: String(port) });
      expect(await program.ended).toBe(2);
      expect(program.err()).toContain(`Port ${port} on 127.0.0.1 is in use.`);
    } finally {
      taken.close();
    }
  });
});

describe('the twin command', () => {
  it.each([
    ['--version', 0, /^\d+\.\d+\.\d+/],
    ['--help', 0, /Examples:/],
    ['nonsense', 2, /no command 'nonsense'/],
    ['send', 2, /missing required argument/],
    ['--endpoint http://127.0.0.1:1 status', 1, /No agent answers.*\nStart it/],
    ['--endpoint nowhere status', 2, /no address/],
  ])('twin %s ends with %i', async (line, code, words) => {
    const program = start(TWIN, line.split(' '), {});
    expect(await program.ended).toBe(code);
    expect(program.out() + program.err()).toMatch(words);
  });

  it('makes a key, uses it, and revokes it', async () => {
    const { link } = await agent();
    const twin = async (...args: string[]): Promise<{ code: number | null; out: string }> => {
      const program = start(TWIN, ['--endpoint', link.origin, ...args], {});
      return { code: await program.ended, out: program.out() };
    };
    const made = JSON.parse((await twin('-o', 'json', 'keys', 'create', 'lamp', '--role', 'viewer')).out);
    expect((await twin('--key', made.key, '-o', 'json', 'status')).out).toContain('"sessions"');
    expect((await twin('--key', made.key, 'send', 'hello')).code).toBe(1);
    expect((await twin('keys', 'list')).out).toContain('lamp');
    expect((await twin('keys', 'revoke', made.id)).code).toBe(0);
    expect((await twin('--key', made.key, 'status')).code).toBe(1);
    expect((await twin('signin')).out).toMatch(/\/signin\?code=/);
  }, 60_000);
});
