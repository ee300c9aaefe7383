import type { ServerEventData } from '../../../src/server/protocol.js';
import { Slider } from './slider.js';

type Voice = ServerEventData['hello']['voice'];
type Props = { voice: Voice; voices: string[]; onChange: (change: Partial<Voice>) => void };

export function VoiceFields({ voice, voices, onChange }: Props) {
  const names = voices.includes(voice.name) ? voices : [voice.name, ...voices];
  return (
    <fieldset>
      <legend>Speaking</legend>
      <div class="field">
        <label for="voice-name">Voice</label>
        <select id="voice-name" value={voice.name} onChange={(event) => onChange({ name: event.currentTarget.value })}>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <Slider
        label="Speed"
        value={voice.rate}
        min={80}
        max={400}
        step={5}
        show={(v) => `${v} words per minute`}
        onChange={(rate) => onChange({ rate })}
      />
      <Slider
        label="Volume"
        value={voice.volume}
        min={0}
        max={100}
        step={5}
        show={(v) => `${v} %`}
        onChange={(volume) => onChange({ volume })}
      />
    </fieldset>
  );
}
