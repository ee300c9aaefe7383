import type { Problem } from './problem.js';

/** `id` is empty for what the system has chosen. */
export type Device = { id: string; label: string };
export type Devices = { microphones: Device[]; loudspeakers: Device[] };

export const SYSTEM_DEVICE: Device = { id: '', label: 'As the system' };

/** Whether this browser lets a page choose its loudspeaker. */
export const canChooseLoudspeaker = (): boolean => 'setSinkId' in AudioContext.prototype;

/** The devices of this machine; those without a name are hidden by the browser until the microphone was allowed. */
export async function listDevices(): Promise<Devices> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return { microphones: pick(all, 'audioinput'), loudspeakers: pick(all, 'audiooutput') };
}

/** What browsers list besides the devices themselves: names for one of them. */
const ALIASES = ['', 'default', 'communications'];

/** The devices of one kind that can be chosen. */
export function pick(all: readonly Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'>[], kind: string): Device[] {
  return all
    .filter((device) => device.kind === kind && !ALIASES.includes(device.deviceId))
    .map(({ deviceId, label }, i) => ({ id: deviceId, label: label || `Device ${i + 1}` }));
}

/** What a list offers: the system's choice, what is there, and what was chosen even when it is gone. */
export function choices(there: readonly Device[], chosen: Device): Device[] {
  const gone = chosen.id !== '' && !there.some(({ id }) => id === chosen.id);
  return [SYSTEM_DEVICE, ...there, ...(gone ? [{ ...chosen, label: `${chosen.label} (not there)` }] : [])];
}

/** Words for a chosen device that is not there. */
export function deviceGone(what: 'microphone' | 'loudspeaker', { label }: Device): Problem {
  return {
    what: `The ${what} “${label}” is not there, so the system’s own is used.`,
    next: 'Plug it in and choose it again in the settings.',
  };
}

type Sinkable = AudioContext & { setSinkId?(id: string): Promise<void> };

/** Lets `context` play on a loudspeaker. False when it is not there: then the system's own plays. */
export async function playOn(context: AudioContext, id: string): Promise<boolean> {
  const sinkable: Sinkable = context;
  try {
    await sinkable.setSinkId?.(id);
    return true;
  } catch {
    if (id !== '') await sinkable.setSinkId?.('').catch(() => {});
    return false;
  }
}

/** Opens this microphone, or the system's own when it is not there. Throws what `getUserMedia` throws. */
export async function openDevice(id: string, raw: boolean): Promise<{ stream: MediaStream; found: boolean }> {
  const audio = { echoCancellation: !raw, noiseSuppression: !raw, autoGainControl: !raw, channelCount: 1 };
  const ask = (wanted: MediaTrackConstraints) => navigator.mediaDevices.getUserMedia({ audio: wanted });
  if (id === '') return { stream: await ask(audio), found: true };
  try {
    return { stream: await ask({ ...audio, deviceId: { exact: id } }), found: true };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name !== 'OverconstrainedError' && name !== 'NotFoundError') throw error;
    return { stream: await ask(audio), found: false };
  }
}
