import { execFile } from 'node:child_process';
import { TwinError } from '../errors.js';

/** `name` is what `--mic` and `--speaker` take. */
export type SoundDevice = { name: string; description: string };
export type SoundDevices = { microphones: SoundDevice[]; loudspeakers: SoundDevice[] };

/**
 * The sound devices of this machine, as ALSA names them.
 * @throws TwinError `TWIN_SOUND_DEVICES`
 */
export async function listDevices(): Promise<SoundDevices> {
  const [microphones, loudspeakers] = await Promise.all([ask('arecord'), ask('aplay')]);
  return { microphones: readDevices(microphones), loudspeakers: readDevices(loudspeakers) };
}

/** Reads the output of `arecord -L` and `aplay -L`: a name at the start of a line, its description indented below. */
export function readDevices(text: string): SoundDevice[] {
  const devices: SoundDevice[] = [];
  for (const line of text.split('\n')) {
    const words = line.trim();
    const last = devices.at(-1);
    if (words === '') continue;
    if (!/^\s/.test(line)) devices.push({ name: words, description: '' });
    else if (last) last.description = last.description === '' ? words : `${last.description}, ${words}`;
  }
  // `null` swallows sound and gives silence: nobody talks with it.
  return devices.filter(({ name }) => name !== 'null');
}

function ask(program: 'arecord' | 'aplay'): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, ['-L'], (error, out) => {
      if (!error) return resolve(out);
      const missing = error.code === 'ENOENT';
      reject(
        new TwinError(
          'TWIN_SOUND_DEVICES',
          `The sound devices cannot be listed: ${program} ${missing ? 'is not installed' : 'failed'}.`,
          {
            next: missing ? 'Install alsa-utils.' : `Run \`${program} -L\` to see why.`,
            cause: error,
          },
        ),
      );
    });
  });
}
