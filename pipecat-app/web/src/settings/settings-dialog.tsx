import { useEffect } from 'preact/hooks';
import { Modal } from '../style/modal.js';
import type { Twin } from '../twin.js';
import { DeviceFields } from './device-fields.js';
import { HearingFields } from './hearing-fields.js';
import { VoiceFields } from './voice-fields.js';

export function SettingsDialog({ twin, onClose }: { twin: Twin; onClose: () => void }) {
  const { hello } = twin.view.value;
  const there = hello !== null && twin.link.value.is === 'open';
  useEffect(() => {
    if (!there) return;
    twin.meter(true);
    return () => twin.meter(false);
  }, [twin, there]);
  return (
    <Modal title="Settings" onClose={onClose}>
      <DeviceFields twin={twin} />
      {there ? (
        <>
          <VoiceFields voice={hello.voice} voices={hello.voices} onChange={(voice) => twin.set({ voice })} />
          <HearingFields twin={twin} vad={hello.vad} onChange={(vad) => twin.set({ vad })} />
        </>
      ) : (
        <p>The other settings come from the server, and there is no connection to it now.</p>
      )}
    </Modal>
  );
}
