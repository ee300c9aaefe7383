import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { CloseIcon } from './icons.js';

type Props = { title: string; onClose: () => void; children: ComponentChildren };

/** A native modal dialog, open while it is rendered. The focus goes back to where it came from. */
export function Modal({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before anybody can move the focus: it is remembered here.
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    // While the dialog is still there, nothing behind it takes the focus.
    return () =>
      queueMicrotask(() => {
        if (before instanceof HTMLElement && before.isConnected) before.focus();
      });
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click on the backdrop only repeats Esc and the close button
    <dialog
      ref={dialog}
      class="modal"
      aria-labelledby="modal-title"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div class="modal-body">
        <header class="modal-head">
          <h2 id="modal-title">{title}</h2>
          <button type="button" class="quiet square" aria-label="Close" onClick={onClose}>
            <CloseIcon />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
