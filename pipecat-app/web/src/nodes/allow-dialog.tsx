import { useSignal } from '@preact/signals';
import { Modal } from '../style/modal.js';
import { Words } from '../style/words.js';
import type { NodesStore } from './store.js';
import { freeName, type Machine } from './words.js';

type Props = { machine: Machine; machines: readonly Machine[]; store: NodesStore };

/** What a machine is called and where Debian goes. Erasing a disk is said apart, and the agent asks for consent once more. */
export function AllowDialog({ machine, machines, store }: Props) {
  const name = useSignal(machine.name || freeName(machines));
  const disk = useSignal(machine.disk || 'auto');
  const wipe = useSignal(false);
  const way = useSignal<Machine['way']>(machine.way);
  const close = () => {
    store.allowing.value = null;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const plan = { name: name.value, disk: disk.value, wipe: wipe.value, way: way.value };
    if (await store.allow(machine.mac, plan)) close();
  };
  const waits = store.doing.waiting.value.has(machine.mac);
  const problem = store.doing.problem.value;
  return (
    <Modal title={`Install ${machine.mac}`} onClose={close}>
      {problem && (
        <p class="bad-text" role="alert">
          <Words text={`${problem.what} ${problem.next}`} />
        </p>
      )}
      <form class="form" onSubmit={(event) => void submit(event)}>
        <label class="field">
          Name
          <input
            type="text"
            required
            pattern="[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?"
            title="small letters, digits and hyphens"
            value={name.value}
            onInput={({ currentTarget }) => {
              name.value = currentTarget.value;
            }}
          />
        </label>
        <label class="field">
          Disk
          <input
            type="text"
            required
            pattern="auto|/dev/(sd[a-z]|vd[a-z]|nvme\d{1,2}n\d{1,2}|mmcblk\d)"
            title="auto, /dev/sda, /dev/nvme0n1 or the like"
            value={disk.value}
            onInput={({ currentTarget }) => {
              disk.value = currentTarget.value;
            }}
          />
          <span class="note">auto takes the only one that it has. A disk with data is left as it is.</span>
        </label>
        <label class="field">
          Installed by
          <select
            value={way.value}
            onChange={({ currentTarget }) => {
              way.value = currentTarget.value as Machine['way'];
            }}
          >
            <option value="image">our image, from the controller</option>
            <option value="installer">Debian’s installer, from Debian’s archive (slower)</option>
          </select>
        </label>
        <label class="power-check">
          <input
            type="checkbox"
            checked={wipe.value}
            onChange={({ currentTarget }) => {
              wipe.value = currentTarget.checked;
            }}
          />
          Everything on this disk may be erased
        </label>
        <button type="submit" class="primary" disabled={waits}>
          {waits ? 'Waiting for consent…' : 'Install at its next start'}
        </button>
      </form>
    </Modal>
  );
}
