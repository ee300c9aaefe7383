import { useSignal } from '@preact/signals';
import type { Problem } from '../audio/problem.js';
import { signIn } from '../link/sign-in.js';
import { Words } from '../style/words.js';
import type { Twin } from '../twin.js';

/** Shown when the server does not know this browser. */
export function SignInCard({ twin }: { twin: Twin }) {
  const key = useSignal('');
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    problem.value = await signIn(key.value.trim());
    busy.value = false;
    if (!problem.value) twin.connect();
  };
  return (
    <main class="sign-in">
      <form class="card" onSubmit={(event) => void submit(event)}>
        <h2>Sign in</h2>
        <p>
          Open a sign-in link — the agent prints one when it starts, <code>twin signin</code> makes another — or paste
          an API key.
        </p>
        <label for="api-key">API key</label>
        <input
          id="api-key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-describedby={problem.value ? 'sign-in-problem' : undefined}
          aria-invalid={problem.value !== null}
          value={key.value}
          onInput={(event) => {
            key.value = event.currentTarget.value;
          }}
        />
        {problem.value && (
          <p id="sign-in-problem" class="bad-text" role="alert">
            <Words text={`${problem.value.what} ${problem.value.next}`} />
          </p>
        )}
        <button type="submit" class="primary" disabled={busy.value}>
          {busy.value ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
