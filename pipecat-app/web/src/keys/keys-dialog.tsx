import { prefs, setPrefs } from '../state/prefs.js';
import { Modal } from '../style/modal.js';
import { KEY_MAP } from './key-map.js';

export function KeysDialog({ onClose }: { onClose: () => void }) {
  const { singleKeys } = prefs.value;
  return (
    <Modal title="Keyboard" onClose={onClose}>
      <dl class="keys">
        {KEY_MAP.map(({ keys, does, single }) => (
          <div key={keys} class={single && !singleKeys ? 'keys-off' : undefined}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>
              {does}
              {single && !singleKeys ? ' (off)' : ''}
            </dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={singleKeys}
          onChange={(event) => setPrefs({ singleKeys: event.currentTarget.checked })}
        />
        Keys without Ctrl act on the page (Space and ?)
      </label>
    </Modal>
  );
}
