import { WaitingBanner } from '../approvals/waiting-banner.js';
import { Words } from '../style/words.js';
import type { Twin } from '../twin.js';

/** What needs a person, above the conversation. */
export function Banners({ twin }: { twin: Twin }) {
  const problem = twin.problem.value;
  return (
    <div class="banners">
      {twin.view.value.hello?.authDisabled && (
        <p class="banner warn" role="note">
          <b>Sign-in is off.</b> Everybody who reaches this address may use Twin. It is meant for labs only.
        </p>
      )}
      {!twin.soundRuns.value && (
        <p class="banner" role="status">
          <b>Sound waits.</b> Click anywhere or press a key, and the browser lets you hear Twin.
        </p>
      )}
      {twin.link.value.is !== 'signed-out' && <WaitingBanner store={twin.approvals} />}
      {problem && (
        <div class="banner bad" role="alert">
          <p>
            <b>{problem.what}</b> <Words text={problem.next} />
          </p>
          <button type="button" class="quiet" onClick={() => twin.dismiss()}>
            Got it
          </button>
        </div>
      )}
    </div>
  );
}
