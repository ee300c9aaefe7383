import type { DiffLine } from '../../../src/server/cluster-protocol.js';

const KIND: Record<DiffLine['sign'], string> = { '+': 'added', '-': 'removed', '~': 'changed', ' ': '' };

/** What differs, line by line; each kind has its sign, and its word for who does not see it. */
export function Diff({ lines }: { lines: readonly DiffLine[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="diff" aria-label="Difference" tabIndex={0}>
      <ol>
        {lines.map(({ sign, depth, text }, at) => (
          // The lines of one difference never move.
          <li key={at} class={KIND[sign]} style={{ '--depth': depth }}>
            <span aria-hidden="true">{sign}</span>
            <span class="unseen">{KIND[sign]}</span> {text}
          </li>
        ))}
      </ol>
    </section>
  );
}
