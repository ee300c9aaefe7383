import type { Twin } from '../twin.js';

/** Reads finished sentences to a screen reader; never partial ones. */
export function Announcer({ twin }: { twin: Twin }) {
  return (
    <div class="unseen" aria-live="polite" data-announcer>
      {twin.view.value.spoken.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
}
