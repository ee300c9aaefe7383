import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { ClearIcon, SendIcon, StopIcon } from '../style/icons.js';
import type { Twin } from '../twin.js';

/** As much as the server takes in one message, in characters. */
const MAX_CHARS = 4000;

export function TextBox({ twin }: { twin: Twin }) {
  const text = useSignal('');
  const box = useRef<HTMLTextAreaElement>(null);
  const { agent } = twin.view.value;
  const link = twin.link.value.is;
  const connected = link === 'open';
  const send = () => {
    const said = text.value.trim();
    if (said && twin.say(said)) text.value = '';
  };
  return (
    <form
      class="text-box"
      onSubmit={(event) => {
        event.preventDefault();
        send();
        box.current?.focus();
      }}
    >
      <button type="button" class="quiet clear" title="Clear Terminal (Ctrl+L)" onClick={() => void twin.clear()}>
        <ClearIcon />
        <span>Clear Terminal</span>
      </button>
      <label class="unseen" for="say">
        Message to Twin
      </label>
      <textarea
        id="say"
        ref={box}
        rows={1}
        maxLength={MAX_CHARS}
        placeholder={connected ? 'Type here' : link === 'looking' ? 'Talking needs the role operator' : 'Not connected'}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      {(agent === 'thinking' || agent === 'speaking') && (
        <button type="button" class="square" title="Stop the answer (Esc)" onClick={() => twin.stop()}>
          <StopIcon />
          <span class="unseen">Stop the answer</span>
        </button>
      )}
      <button type="submit" class="primary square" aria-label="Send" disabled={!connected}>
        <SendIcon />
      </button>
    </form>
  );
}
