import { usedHref } from '../state/route.js';
import type { Row } from '../state/rows.js';
import { useReadingAlong } from '../style/reading-along.js';
import { Words } from '../style/words.js';
import type { Twin } from '../twin.js';
import { BotLine } from './bot-line.js';
import { TimingLine } from './timing-line.js';
import { ToolLine } from './tool-line.js';

/** Pixels from the end within which the reader counts as reading along. */
const NEAR_PX = 80;

export function Transcript({ twin }: { twin: Twin }) {
  const { rows } = twin.view.value;
  const { box, along, toEnd, onScroll } = useReadingAlong(rows, NEAR_PX);
  return (
    <div class="transcript">
      <section
        ref={box}
        class="scroll"
        aria-label="Transcript"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
      >
        {rows.length === 0 && <Empty />}
        <ol class="rows">
          {rows.map((row) => (
            <li key={row.key} class={`${row.kind}-row`}>
              <Line row={row} twin={twin} />
            </li>
          ))}
        </ol>
      </section>
      {!along && (
        <button type="button" class="newest" onClick={toEnd}>
          Newest line
        </button>
      )}
    </div>
  );
}

function Line({ row, twin }: { row: Row; twin: Twin }) {
  switch (row.kind) {
    case 'user':
      return (
        <p class={row.final ? 'said' : 'said partial'} data-final={row.final}>
          <b class="who">You</b> <span>{row.text}</span>
        </p>
      );
    case 'bot':
      return <BotLine row={row} twin={twin} />;
    case 'tool':
      return <ToolLine row={row} />;
    case 'memories':
      return (
        <p class="used">
          <a href={usedHref(row.ids)}>Used {row.ids.length === 1 ? '1 memory' : `${row.ids.length} memories`}</a>
        </p>
      );
    case 'timing':
      return <TimingLine record={row.record} />;
    case 'notice':
      return (
        <p class={`remark ${row.tone}`}>
          <Words text={row.text} />
        </p>
      );
  }
}

function Empty() {
  return (
    <div class="empty">
      <p>Nothing said yet.</p>
      <p>
        Press the microphone and try <q>what time is it</q>, <q>set a timer for five minutes</q> or{' '}
        <q>what can you do</q>.
      </p>
    </div>
  );
}
