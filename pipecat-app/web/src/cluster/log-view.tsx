import { useEffect, useState } from 'preact/hooks';
import { CloseIcon } from '../style/icons.js';
import { useReadingAlong } from '../style/reading-along.js';
import { Words } from '../style/words.js';
import { LogFollow, type LogLink } from './log-follow.js';
import type { ClusterStore } from './store.js';

/** Pixels from the end within which the reader counts as reading along. */
const NEAR_PX = 40;

/** The log of a job. It goes along with the newest line until somebody scrolls up. */
export function LogView({ job, store }: { job: string; store: ClusterStore }) {
  const [follow] = useState(() => new LogFollow(job));
  const { blocks } = follow.log.value;
  const { box, along, toEnd, onScroll } = useReadingAlong(blocks, NEAR_PX);
  useEffect(() => {
    follow.open();
    box.current?.focus();
    return () => follow.close();
  }, [follow]);
  return (
    <section class="log" aria-label={`Log of ${job}`}>
      <header class="log-head">
        <h2>Log of {job}</h2>
        <LinkWords link={follow.link.value} along={along} />
        <button
          type="button"
          class="quiet square"
          aria-label="Close the log"
          onClick={() => {
            store.log.value = null;
          }}
        >
          <CloseIcon />
        </button>
      </header>
      <div class="log-frame">
        <section
          ref={box}
          class="log-lines"
          aria-label="Lines"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          onScroll={onScroll}
        >
          {blocks.map(({ key, kind, text }) => (
            <p key={key} class={kind}>
              {text}
            </p>
          ))}
        </section>
        {!along && (
          <button type="button" class="newest" onClick={toEnd}>
            Newest line
          </button>
        )}
      </div>
    </section>
  );
}

function LinkWords({ link, along }: { link: LogLink; along: boolean }) {
  return (
    <p class={`note ${'problem' in link ? 'bad-text' : ''}`} role="status">
      {link.is === 'connecting' && 'Waiting for it…'}
      {link.is === 'following' && (along ? 'Following.' : 'Paused while you read; scroll to the end to go on.')}
      {'problem' in link && <Words text={`${link.problem.what} ${link.problem.next}`} />}
    </p>
  );
}
