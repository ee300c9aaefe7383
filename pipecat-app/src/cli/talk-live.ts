import type { TwinError } from '../errors.js';
import { microphone, Playback } from './sound-devices.js';
import type { VoiceClient } from './voice-client.js';

/**
 * Talks through the machine's own microphone and loudspeaker until `signal` aborts. The client must have been opened
 * with `pace: 'device'`: the microphone keeps the time.
 * @throws TwinError `TWIN_MICROPHONE`, `TWIN_LOUDSPEAKER`, `TWIN_CONNECTION_LOST`
 */
export async function talkLive(
  client: VoiceClient,
  devices: { input?: string; output?: string },
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let problem: TwinError | undefined;
  const playback = new Playback(devices.output, (found) => {
    problem = found;
    stop.abort(found);
  });
  let playing = false;
  const offs = [
    client.onSpeaker((samples) => {
      if (client.loudspeaker.busy || playing) playback.write(samples);
      if (playing && !client.loudspeaker.busy) playback.finish();
      playing = client.loudspeaker.busy;
    }),
    client.onEvent((event) => {
      if (event.type !== 'audio.flush') return;
      playback.flush();
      playing = false;
    }),
  ];
  try {
    await client.talk(microphone(devices.input, either), either);
  } catch (error) {
    if (!either.aborted) throw error;
  } finally {
    for (const off of offs) off();
    await playback.close();
  }
  if (problem) throw problem;
}
