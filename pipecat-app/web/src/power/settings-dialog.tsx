import { useSignal } from '@preact/signals';
import type { PowerServiceView, PowerSettings } from '../../../src/server/power-protocol.js';
import { Modal } from '../style/modal.js';
import { Words } from '../style/words.js';
import type { PowerStore } from './store.js';
import { lasting } from './words.js';

/** When a service sleeps and when it is woken. Only what was changed is sent, with what was there when the dialog opened. */
export function SettingsDialog({ service, store }: { service: PowerServiceView; store: PowerStore }) {
  const first = useSignal(service).value;
  const seconds = useSignal(first.idle_seconds === null ? '' : `${first.idle_seconds}`);
  const maySleep = useSignal(first.may_sleep);
  const wakeAt = useSignal(first.wake_at);
  const close = () => {
    store.settings.value = null;
  };
  const changes: PowerSettings = {
    ...(seconds.value !== '' &&
      Number(seconds.value) !== first.idle_seconds && {
        idle_seconds: Number(seconds.value),
        was: first.own_threshold ? first.idle_seconds : null,
      }),
    ...(maySleep.value !== first.may_sleep && { may_sleep: maySleep.value }),
    ...(wakeAt.value !== first.wake_at && { wake_at: wakeAt.value }),
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await store.set(first, changes)) close();
  };
  const problem = store.doing.problem.value;
  return (
    <Modal title={`Sleep of ${first.name}`} onClose={close}>
      {problem && (
        <p class="bad-text" role="alert">
          <Words text={`${problem.what} ${problem.next}`} />
        </p>
      )}
      <form class="form" onSubmit={(event) => void submit(event)}>
        <label class="field">
          Seconds without work after which it sleeps
          <input
            type="number"
            min={0}
            max={604800}
            step={1}
            value={seconds.value}
            onInput={({ currentTarget }) => {
              seconds.value = currentTarget.value;
            }}
          />
          <span class="note">
            {seconds.value === '' || Number(seconds.value) === 0
              ? '0 is never.'
              : `That is ${lasting(Number(seconds.value))}. 0 is never.`}
          </span>
        </label>
        <label class="power-check">
          <input
            type="checkbox"
            checked={maySleep.value}
            onChange={({ currentTarget }) => {
              maySleep.value = currentTarget.checked;
            }}
          />
          It may sleep
        </label>
        <label class="field">
          Wake it every day at
          <input
            type="time"
            value={wakeAt.value}
            onInput={({ currentTarget }) => {
              wakeAt.value = currentTarget.value;
            }}
          />
          <span class="note">By the clock of its node; not in quiet hours. Empty is never.</span>
        </label>
        <button
          type="submit"
          class="primary"
          disabled={Object.keys(changes).length === 0 || store.doing.waiting.value.has(first.service)}
        >
          Save
        </button>
      </form>
    </Modal>
  );
}
