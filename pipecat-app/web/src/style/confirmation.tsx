import type { Signal } from '@preact/signals';
import { Modal } from './modal.js';

/** Something that is done only after it was confirmed. */
export type Confirm = { title: string; words: string; action: string; run: () => Promise<void> | void };

/** Asks for what waits to be confirmed; nothing while nothing does. */
export function Confirmation({ waiting }: { waiting: Signal<Confirm | null> }) {
  const asked = waiting.value;
  if (!asked) return null;
  const close = () => {
    waiting.value = null;
  };
  const run = async () => {
    close();
    await asked.run();
  };
  return (
    <Modal title={asked.title} onClose={close}>
      <p>{asked.words}</p>
      <p class="confirm-tools">
        <button type="button" class="primary" onClick={() => void run()}>
          {asked.action}
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </p>
    </Modal>
  );
}
