import { useEffect, useState } from 'preact/hooks';
import {
  canChooseLoudspeaker,
  choices,
  type Device,
  type Devices,
  listDevices,
  SYSTEM_DEVICE,
} from '../audio/devices.js';
import { prefs } from '../state/prefs.js';
import type { Twin } from '../twin.js';

const NONE: Devices = { microphones: [], loudspeakers: [] };

/** Choice of microphone and loudspeaker, kept by this browser. */
export function DeviceFields({ twin }: { twin: Twin }) {
  const devices = useDevices(twin.mic.value === 'on');
  const { microphone, loudspeaker } = prefs.value;
  return (
    <fieldset>
      <legend>Devices</legend>
      <Choice
        id="microphone"
        label="Microphone"
        there={devices.microphones}
        chosen={microphone}
        onChange={(device) => void twin.useMicrophone(device)}
      />
      {devices.microphones.length === 0 && (
        <p class="note">The browser names its devices once this page may use the microphone.</p>
      )}
      {canChooseLoudspeaker() ? (
        <Choice
          id="loudspeaker"
          label="Loudspeaker"
          there={devices.loudspeakers}
          chosen={loudspeaker}
          onChange={(device) => twin.useLoudspeaker(device)}
        />
      ) : (
        <p class="note">This browser plays on the loudspeaker of the system; choose it there.</p>
      )}
    </fieldset>
  );
}

type ChoiceProps = {
  id: string;
  label: string;
  there: Device[];
  chosen: Device;
  onChange: (device: Device) => void;
};

function Choice({ id, label, there, chosen, onChange }: ChoiceProps) {
  const all = choices(there, chosen);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={chosen.id}
        onChange={({ currentTarget: { value } }) => onChange(there.find((d) => d.id === value) ?? SYSTEM_DEVICE)}
      >
        {all.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The devices now, and after each that comes, goes or gets a name. */
function useDevices(allowed: boolean): Devices {
  const [devices, setDevices] = useState(NONE);
  useEffect(() => {
    const look = () => void listDevices().then(setDevices, () => {});
    look();
    const media = navigator.mediaDevices;
    media?.addEventListener('devicechange', look);
    return () => media?.removeEventListener('devicechange', look);
  }, [allowed]);
  return devices;
}
