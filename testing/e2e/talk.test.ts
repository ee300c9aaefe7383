import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseWav } from '@twin/pipecat-app/voice/wav.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SPEAKERS, type Speaker, speechFile } from '../acoustic/render.js';
import type { ChildServer } from '../bench/child-server.js';
import { ROOT, startScripted } from '../bench/servers.js';

type Ran = { code: number; lines: { type: string; [field: string]: unknown }[]; stdout: string; stderr: string };

describe('twin talk --wav', () => {
  let server: ChildServer;
  let folder: string;
  let question: string;

  beforeAll(async () => {
    server = await startScripted();
    folder = await mkdtemp(join(tmpdir(), 'twin-talk-'));
    question = await speechFile('What is the weather like?', SPEAKERS[0] as Speaker);
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function twin(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const main = join(ROOT, 'pipecat-app', 'bin', 'twin.js');
    return new Promise((resolve) => {
      const settings = { ...process.env, TWIN_ENDPOINT: server.endpoint, TWIN_KEY: server.key, ...env };
      execFile(process.execPath, [main, 'talk', ...args], { env: settings }, (error, stdout, stderr) => {
        const lines = args.includes('--json')
          ? stdout
              .split('\n')
              .filter(Boolean)
              .map((line) => JSON.parse(line))
          : [];
        resolve({ code: Number(error?.code ?? 0), lines, stdout, stderr });
      });
    });
  }

  it('speaks two files, prints one line per event and one record per turn, and ends with 0', async () => {
    const out = join(folder, 'out.wav');
    const { code, lines, stderr } = await twin(['--wav', question, '--wav', question, '--out', out, '--json']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const turns = lines.filter((line) => line.type === 'turn');
    expect(turns).toHaveLength(2);
    expect(turns[0]).toMatchObject({
      transcript: 'tell me something about the weather',
      answer: expect.stringMatching(/^Sentence number one .* goes on\.$/),
      actions: [],
      interrupted: false,
      ms: {
        endpoint: expect.any(Number),
        stt: expect.any(Number),
        mind: expect.any(Number),
        tts: expect.any(Number),
        voice_to_voice: expect.any(Number),
      },
    });
    expect(lines.map((line) => line.type)).toEqual(
      expect.arrayContaining(['file', 'hello', 'transcript.final', 'token', 'answer']),
    );
    const { channels, samples } = parseWav(await readFile(out));
    expect(channels).toBe(2);
    const right = samples.filter((_, i) => i % 2 === 1);
    // Two answers of forty words at 400 words per minute: twelve seconds of tone, silent in between.
    expect(right.filter((s) => s !== 0).length / 16_000).toBeCloseTo(12, 0);
  });

  it('writes only what was heard with --bot-only', async () => {
    const out = join(folder, 'bot.wav');
    expect((await twin(['--wav', question, '--out', out, '--bot-only'])).code).toBe(0);
    expect(parseWav(await readFile(out)).channels).toBe(1);
  });

  it('ends with 1 and says so in words when a file is not answered in time', async () => {
    const { code, lines } = await twin(['--wav', question, '--json', '--patience', '0.5']);
    expect(code).toBe(1);
    expect(lines).toContainEqual(expect.objectContaining({ type: 'unanswered', code: 'TWIN_TALK_TIMEOUT' }));
  });

  it.each([
    ['a wrong key', ['--wav', 'QUESTION'], { TWIN_KEY: 'twin_wrong' }, 'refused'],
    ['no agent', ['--wav', 'QUESTION'], { TWIN_ENDPOINT: 'http://127.0.0.1:9' }, 'No agent answers'],
    ['a file that is not there', ['--wav', 'nothing.wav'], {}, 'nothing.wav cannot be read'],
    ['--out without a file to speak', ['--out', 'x.wav'], {}, '--out needs --wav'],
  ])('fails in words with %s', async (_, args, env, words) => {
    const { code, stderr } = await twin(
      args.map((arg) => (arg === 'QUESTION' ? question : arg)),
      env,
    );
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('    at ');
  });
});
