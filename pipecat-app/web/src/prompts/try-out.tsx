import { useSignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { Words } from '../style/words.js';
import type { Draft } from './drafts.js';
import { Trial } from './trial.js';

/** Asks the model one question as the draft, which is not saved. */
export function TryOut({ draft: { name, text } }: { draft: Draft }) {
  const [trial] = useState(() => new Trial());
  useEffect(() => () => trial.stop(), [trial]);
  const question = useSignal('');
  const submit = (event: Event) => {
    event.preventDefault();
    void trial.run(name, text, question.value);
  };
  const problem = trial.problem.value;
  const running = trial.running.value;
  return (
    <section class="prompt-try" aria-labelledby="try">
      <h3 id="try">Try it out</h3>
      <form class="prompt-tools" onSubmit={submit}>
        <label class="field">
          {name === 'commands.yaml' ? 'A sentence' : 'A question'}
          <input
            type="text"
            required
            maxLength={1000}
            value={question.value}
            onInput={({ currentTarget }) => {
              question.value = currentTarget.value;
            }}
          />
        </label>
        {/* One button, so that the focus stays where it is when the answer begins. */}
        <button
          type={running ? 'button' : 'submit'}
          onClick={(event) => {
            if (!running) return;
            event.preventDefault();
            trial.stop();
          }}
        >
          {running ? 'Stop' : 'Ask'}
        </button>
      </form>
      <p class="note">Nothing is saved, and no tool runs.</p>
      {problem && (
        <p class="cluster-note bad lines" role="alert">
          <b>{problem.what}</b> <Words text={problem.next} />
        </p>
      )}
      {/* Read out when it is whole. */}
      <output class="prompt-answer" aria-live="polite" aria-busy={running} aria-label="Answer">
        {trial.text.value}
        {trial.notes.value.map((words, i) => (
          <span key={i} class="note">
            {words}
          </span>
        ))}
      </output>
    </section>
  );
}
