import { TALK_BUTTON } from '../keys/keyboard.js';
import type { MicState } from '../state/mic-state.js';
import { prefs } from '../state/prefs.js';
import { MicIcon } from '../style/icons.js';
import type { Twin } from '../twin.js';

const NAME: Record<MicState, string> = {
  off: 'Off',
  listening: 'Listening',
  thinking: 'Thinking',
  speaking: 'Speaking',
  muted: 'Muted',
};

/** The big button. Its name says the state, the line below says what a press does. */
export function MicButton({ twin }: { twin: Twin }) {
  const state = twin.micState.value;
  const mic = twin.mic.value;
  const looking = twin.link.value.is === 'looking';
  const closed = state === 'off' || state === 'muted';
  return (
    <div class="mic">
      <button
        type="button"
        class={`mic-button ${state}`}
        data-state={state}
        aria-describedby="mic-hint"
        disabled={looking}
        onClick={() => twin.toggleMic()}
        {...{ [TALK_BUTTON]: '' }}
      >
        <MicIcon crossed={closed} />
        <span>
          <span class="unseen">Microphone: </span>
          {mic === 'opening' ? 'Opening…' : NAME[state]}
        </span>
      </button>
      <p id="mic-hint" class="hint">
        {looking ? 'You may look. Talking needs the role operator.' : hint(mic === 'opening', state)}
        {prefs.value.singleKeys && !looking && mic !== 'opening' && <span class="by-key">, or press Space</span>}
      </p>
    </div>
  );
}

/** Gives the microphone back to the system; muting keeps it. Its place stays when there is nothing to give back. */
export function MicOff({ twin }: { twin: Twin }) {
  const held = twin.mic.value === 'on' || twin.mic.value === 'muted';
  return (
    <div class="mic-off">
      {held && (
        <button type="button" class="quiet" onClick={() => twin.hangUp()}>
          Switch mic off
        </button>
      )}
    </div>
  );
}

function hint(opening: boolean, state: MicState): string {
  if (opening) return 'The browser may ask whether this page may listen';
  if (state === 'off') return 'Click to talk';
  return state === 'muted' ? 'Click to be heard again' : 'Click to mute';
}
