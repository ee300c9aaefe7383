import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { TwinError } from '../errors.js';
import { fromBytes, msToSamples, toBytes } from '../voice/pcm.js';

const FORMAT = ['-q', '-t', 'raw', '-f', 'S16_LE', '-r', '16000', '-c', '1', '--period-time=20000'];
const PLAYER_BUFFER_MS = 80;

/** Samples between `Playback.write` and the ear: the player starts when its buffer is full and keeps it so. */
export const PLAYBACK_LATENCY = msToSamples(PLAYER_BUFFER_MS);

/**
 * The machine's microphone through `arecord`, 16 kHz mono; it keeps the time. Ends when `signal` aborts.
 * @throws TwinError `TWIN_MICROPHONE`
 */
export async function* microphone(device: string | undefined, signal: AbortSignal): AsyncGenerator<Int16Array> {
  const child = spawn('arecord', [...FORMAT, ...named(device)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = endOf(child, 'microphone');
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  try {
    let odd: Buffer = Buffer.alloc(0);
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      const bytes = odd.length > 0 ? Buffer.concat([odd, chunk]) : chunk;
      odd = bytes.subarray(bytes.length & ~1);
      yield fromBytes(bytes);
    }
    const problem = await ended;
    if (!signal.aborted) throw problem;
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
    await ended;
  }
}

/** The machine's loudspeaker through `aplay`. A player lives from the first sample of an answer to its last. */
export class Playback {
  readonly #device: string | undefined;
  readonly #onProblem: (problem: TwinError) => void;
  #player: ChildProcessByStdio<Writable, null, Readable> | undefined;
  /** Settles when no earlier player holds the device. */
  #free: Promise<unknown> = Promise.resolve();
  #waiting: Int16Array[] = [];

  constructor(device: string | undefined, onProblem: (problem: TwinError) => void) {
    this.#device = device;
    this.#onProblem = onProblem;
  }

  write(samples: Int16Array): void {
    if (this.#player) {
      this.#player.stdin.write(toBytes(samples.slice()));
      return;
    }
    this.#waiting.push(samples.slice());
    if (this.#waiting.length === 1) void this.#free.then(() => this.#start());
  }

  /** What was written is played to its end. */
  finish(): void {
    this.#player?.stdin.end();
    this.#player = undefined;
  }

  /** Silence at once: the player is killed with everything in its buffers. */
  flush(): void {
    this.#waiting = [];
    this.#player?.kill('SIGKILL');
    this.#player = undefined;
  }

  /** Kills the player and waits until it is gone. */
  async close(): Promise<void> {
    this.flush();
    await this.#free;
  }

  #start(): void {
    if (this.#waiting.length === 0) return;
    const player = spawn('aplay', [...FORMAT, `--buffer-time=${PLAYER_BUFFER_MS * 1000}`, ...named(this.#device)], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    player.stdin.on('error', () => undefined);
    this.#free = endOf(player, 'loudspeaker').then((problem) => {
      if (this.#player !== player) return;
      this.#player = undefined;
      this.#onProblem(problem);
    });
    this.#player = player;
    for (const samples of this.#waiting.splice(0)) player.stdin.write(toBytes(samples));
  }
}

const named = (device: string | undefined): string[] => (device === undefined ? [] : ['-D', device]);

/** Resolves when the child is gone, with what to say if that was not wanted. */
async function endOf(
  child: ChildProcessByStdio<Writable | null, Readable | null, Readable>,
  what: 'microphone' | 'loudspeaker',
): Promise<TwinError> {
  const code = what === 'microphone' ? 'TWIN_MICROPHONE' : 'TWIN_LOUDSPEAKER';
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, 500);
  });
  try {
    await once(child, 'close');
  } catch (cause) {
    return new TwinError(code, `The ${what} cannot be used: ${child.spawnfile} is not installed.`, {
      next: 'Install alsa-utils.',
      cause,
    });
  }
  const reason = said.trim().split('\n')[0] || `${child.spawnfile} ended`;
  return new TwinError(code, `The ${what} cannot be used: ${reason}.`, {
    next: `See \`twin talk --devices\` and name one with ${what === 'microphone' ? '--mic' : '--speaker'}.`,
  });
}
