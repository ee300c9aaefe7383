import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SPEAKERS, type Speaker, speechFile } from '../acoustic/render.js';
import type { ChildServer } from '../bench/child-server.js';
import { descendants } from '../bench/process-usage.js';
import { ROOT, startScripted } from '../bench/servers.js';
import { type NullSound, nullSound } from './null-sound.js';

type Line = { type: string; data?: { turn?: number; text?: string }; [field: string]: unknown };

describe('twin talk with the sound of this machine', () => {
  let server: ChildServer;
  let sound: NullSound;
  let question: string;
  let talking: ChildProcess | undefined;
  let lines: Line[];
  let waiting: (() => void)[];

  beforeAll(async () => {
    server = await startScripted();
    sound = await nullSound();
    question = await speechFile('What is the weather like?', SPEAKERS[0] as Speaker);
  });
  afterEach(async () => {
    if (talking && talking.exitCode === null) {
      const gone = once(talking, 'exit');
      talking.kill('SIGKILL');
      await gone;
    }
  });
  afterAll(async () => {
    await sound.close();
    await server.stop();
  });

  function talk(args: string[] = [], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const main = join(ROOT, 'pipecat-app', 'bin', 'twin.js');
    const settings = { ...sound.env, TWIN_ENDPOINT: server.endpoint, TWIN_KEY: server.key, ...env };
    const child = spawn(process.execPath, [main, 'talk', '--json', ...args], {
      env: settings,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    talking = child;
    lines = [];
    waiting = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(JSON.parse(line));
      for (const check of waiting) check();
    });
    return child;
  }

  const line = (type: string, count = 1): Promise<Line> =>
    new Promise((resolve) => {
      const check = (): void => {
        const found = lines.filter((each) => each.type === type);
        if (found.length >= count) resolve(found[count - 1] as Line);
      };
      waiting.push(check);
      check();
    });

  /** Seconds of tone that the loudspeaker has played. */
  const tone = (): number => sound.heard().filter((s) => Math.abs(s) > 300).length / 16_000;

  it('hears the microphone, plays the answer, and ends cleanly on Ctrl-C', async () => {
    const child = talk();
    await line('hello');
    await sound.recorded();
    await sound.speak(question);
    const record = await line('turn');
    expect(record).toMatchObject({ interrupted: false, answer: expect.stringContaining('Sentence number five') });
    // Six seconds of answer, less the zero crossings of the tone.
    expect(tone()).toBeGreaterThan(5);
    const children = descendants(child.pid as number);
    expect(children.length).toBeGreaterThan(0);
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    for (const pid of children) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('falls silent when one talks over the answer', async () => {
    talk();
    await line('hello');
    await sound.recorded();
    await sound.speak(question);
    await line('caption');
    const before = tone();
    await sound.speak(question);
    const record = await line('turn');
    expect(record).toMatchObject({ interrupted: true });
    expect(tone() - before).toBeLessThan(4);
  });

  it('lists what --mic and --speaker take', async () => {
    const child = talk(['--devices']);
    expect(await once(child, 'close')).toEqual([0, null]);
    const pulse = { name: 'pulse', description: expect.any(String) };
    expect(lines).toMatchObject([
      { microphones: expect.arrayContaining([pulse]), loudspeakers: expect.arrayContaining([pulse]) },
    ]);
  });

  it('says in words that the microphone is missing', async () => {
    const child = talk(['--mic', 'nothing']);
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(stderr).toContain('The microphone cannot be used');
    expect(stderr).toContain('--mic');
  });
});
