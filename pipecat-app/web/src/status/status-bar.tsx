import { Words } from '../style/words.js';
import type { Twin } from '../twin.js';
import { linkWord, partWords, type Word } from './words.js';

const SIGN: Record<Word['tone'], string> = { good: '✓', wait: '…', bad: '✗' };

export function StatusBar({ twin }: { twin: Twin }) {
  const words = partWords(twin.health.value);
  const { fault } = twin.view.value;
  const details = words.filter(({ detail }) => detail);
  return (
    <footer class="status">
      <ul>
        <StatusWord {...linkWord(twin.link.value)} />
        {words.map((word) => (
          <StatusWord key={word.text} {...word} />
        ))}
        {twin.view.value.hello && <li class="status-version">Twin {twin.view.value.hello.version}</li>}
      </ul>
      {twin.link.value.is === 'lost' && (
        <button type="button" onClick={() => twin.connect()}>
          Try now
        </button>
      )}
      {details.map(({ text, detail }) => (
        <p key={text}>
          <b>{text}:</b> <Words text={detail} />
        </p>
      ))}
      {fault && (
        <p class="bad-text">
          <b>Last error:</b> <Words text={`${fault.message} ${fault.next}`} />
        </p>
      )}
    </footer>
  );
}

function StatusWord({ tone, text }: Word) {
  return (
    <li class={`word ${tone}`}>
      <span aria-hidden="true">{SIGN[tone]}</span> {text}
    </li>
  );
}
