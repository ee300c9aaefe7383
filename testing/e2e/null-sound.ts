import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fromBytes } from '@twin/pipecat-app/voice/pcm.js';

const run = promisify(execFile);

/** A machine with a microphone and a loudspeaker that are not there: PulseAudio with two null sinks. */
export type NullSound = {
  /** What ALSA programs need to use it. */
  env: NodeJS.ProcessEnv;
  /** Resolves when a program records from the microphone. */
  recorded(): Promise<void>;
  /** Plays a WAV file into the microphone; resolves when it has been played. */
  speak(wav: string): Promise<void>;
  /** Everything that the loudspeaker has played so far, 16 kHz mono. */
  heard(): Int16Array;
  close(): Promise<void>;
};

const RAW = ['--raw', '--rate=16000', '--channels=1', '--format=s16le', '--latency-msec=20'];

export async function nullSound(): Promise<NullSound> {
  const home = await mkdtemp(join(tmpdir(), 'twin-sound-'));
  const env = { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, PULSE_RUNTIME_PATH: join(home, 'pulse') };
  await writeFile(join(home, '.asoundrc'), 'pcm.!default { type pulse }\nctl.!default { type pulse }\n');
  const modules = [
    'module-native-protocol-unix auth-anonymous=1',
    'module-null-sink sink_name=room rate=16000 channels=1',
    'module-null-sink sink_name=ears rate=16000 channels=1',
    'module-remap-source master=room.monitor source_name=microphone',
  ];
  const flags = [
    '-n',
    '--daemonize=no',
    '--exit-idle-time=-1',
    '--log-level=error',
    '--log-target=stderr',
    '--use-pid-file=no',
    // It would end itself while other tests keep the machine busy.
    '--no-cpu-limit=yes',
    '--realtime=no',
    '--high-priority=no',
  ];
  const daemon = spawn('pulseaudio', [...flags, ...modules.flatMap((m) => ['-L', m])], { env, stdio: 'ignore' });
  const lists = async (what: string, pattern: RegExp): Promise<boolean> => {
    if (daemon.exitCode !== null) throw new Error(`pulseaudio ended with ${daemon.exitCode}`);
    const { stdout } = await run('pactl', ['list', 'short', what], { env }).catch(() => ({ stdout: '' }));
    return pattern.test(stdout);
  };
  await until('pulseaudio did not come up', () => lists('sources', /microphone/));
  await run('pactl', ['set-default-source', 'microphone'], { env });
  await run('pactl', ['set-default-sink', 'ears'], { env });
  const recorder = spawn('parecord', ['--device=ears.monitor', ...RAW], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const heard: Buffer[] = [];
  recorder.stdout.on('data', (chunk: Buffer) => heard.push(chunk));
  await once(recorder.stdout, 'data');
  return {
    env,
    recorded: () => until('nobody records', () => lists('source-outputs', /.+\n.+\n/)),
    heard: () => fromBytes(Buffer.concat(heard)),
    async speak(wav) {
      await run('paplay', ['--device=room', wav], { env });
    },
    async close() {
      for (const child of [recorder, daemon]) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function until(problem: string, done: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (await done()) return;
    await delay(100);
  }
  throw new Error(problem);
}
