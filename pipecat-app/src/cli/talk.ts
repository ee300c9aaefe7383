import { Command, InvalidArgumentError } from 'commander';
import { TwinError } from '../errors.js';
import { type Connection, connectionOf } from './connection.js';
import { listDevices, type SoundDevice, type SoundDevices } from './list-devices.js';
import { print, table } from './output.js';
import { PLAYBACK_LATENCY } from './sound-devices.js';
import { talkFiles, wasAnswered } from './talk-files.js';
import { talkLive } from './talk-live.js';
import { jsonLines, readable } from './talk-printer.js';
import { VoiceClient } from './voice-client.js';
import { readWavFile, writeWavFile } from './wav-files.js';

type Options = {
  wav: string[];
  out?: string;
  botOnly?: boolean;
  json?: boolean;
  mic?: string;
  speaker?: string;
  devices?: boolean;
  patience: number;
};

/** `twin talk`: with the machine's own microphone and loudspeaker, or with `--wav` files through the running agent. */
export function talkCommand(): Command {
  return new Command('talk')
    .description("talk to the agent with this machine's microphone and loudspeaker, or with WAV files")
    .option(
      '--wav <file>',
      'speak this file instead of the microphone; may be repeated',
      (file, all: string[]) => [...all, file],
      [],
    )
    .option('--out <file>', 'write what was said (left) and heard (right) as a WAV file')
    .option('--bot-only', 'with --out: only what was heard, mono')
    .option('--json', 'one JSON line per event and one summary line per turn')
    .option('--mic <device>', 'ALSA name of the microphone')
    .option('--speaker <device>', 'ALSA name of the loudspeaker')
    .option('--devices', 'list the microphones and loudspeakers of this machine, and end')
    .option('--patience <seconds>', 'with --wav: how long an answer may take', seconds, 60)
    .action(async (options: Options, command: Command) => {
      if (options.devices) return printDevices(command, await listDevices());
      const interrupt = new AbortController();
      const onSignal = (): void => interrupt.abort();
      process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
      try {
        process.exitCode = await talk(await connectionOf(command), command.opts(), interrupt.signal);
      } catch (error) {
        if (!interrupt.signal.aborted) throw error;
        process.exitCode = 130;
      } finally {
        process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      }
    });
}

function printDevices(command: Command, devices: SoundDevices): void {
  const rows = (kind: string, list: readonly SoundDevice[]): string[][] =>
    list.map(({ name, description }) => [kind, name, description]);
  const all = [...rows('--mic', devices.microphones), ...rows('--speaker', devices.loudspeakers)];
  if (command.opts<Options>().json) process.stdout.write(`${JSON.stringify(devices)}\n`);
  else
    print(
      command,
      devices,
      all.length === 0 ? 'This machine has no sound device.\n' : table(['FOR', 'DEVICE', ''], all),
    );
}

/** Runs one conversation; the exit code is 0 when every turn was answered. */
async function talk(connection: Connection, options: Options, signal: AbortSignal): Promise<number> {
  const write = (text: string): void => void process.stdout.write(text);
  const show = options.json ? jsonLines(write) : readable(write, process.stdout.isTTY === true);
  const live = options.wav.length === 0;
  if (live && options.out) {
    throw new TwinError('TWIN_USAGE', '--out needs --wav.', { next: 'Name at least one file with --wav.' });
  }
  const files = await Promise.all(options.wav.map(async (name) => ({ name, samples: await readWavFile(name) })));
  const client = await VoiceClient.connect(
    { ...connection, ...(live ? { pace: 'device' as const, speakerLatency: PLAYBACK_LATENCY, keepSeconds: 1 } : {}) },
    signal,
  );
  client.onEvent((event) => show(event));
  try {
    if (live) {
      const { mic: input, speaker: output } = options;
      await talkLive(client, { ...(input && { input }), ...(output && { output }) }, signal);
      return 0;
    }
    const onFile = (file: string): void => show({ type: 'file', file });
    const { records, unanswered } = await talkFiles({
      client,
      files,
      patienceMs: options.patience * 1000,
      signal,
      onFile,
    });
    for (const { code, message, next } of unanswered) show({ type: 'unanswered', code, message, next });
    return unanswered.length === 0 && records.every(wasAnswered) ? 0 : 1;
  } finally {
    await client.close();
    if (options.out) {
      const { recording } = client;
      await writeWavFile(
        options.out,
        options.botOnly ? recording.speaker.all() : recording.stereo(),
        options.botOnly ? 1 : 2,
      );
    }
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600))
    throw new InvalidArgumentError('It must be a number of seconds, above 0 and at most 3600.');
  return value;
}
