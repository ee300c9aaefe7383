import type { ComponentChildren } from 'preact';
import type { ClusterState } from '../../../src/server/cluster-protocol.js';
import { Words } from '../style/words.js';
import { STATE } from './words.js';

type Props = {
  name: string;
  state: ClusterState;
  words: string;
  /** Name and value of each figure. */
  figures: [string, string][];
  children?: ComponentChildren;
};

/** One node, job or expert: its name, its state as a word, why, and what is known of it. */
export function Tile({ name, state, words, figures, children }: Props) {
  return (
    <li class={`tile ${state}`}>
      <h3>{name}</h3>
      <p class="tile-state">
        <span aria-hidden="true">{STATE[state].sign}</span> {STATE[state].word}
      </p>
      <p class="tile-words">
        <Words text={words} />
      </p>
      <dl>
        {figures
          .filter(([, value]) => value !== '')
          .map(([title, value]) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {children && <div class="tile-tools">{children}</div>}
    </li>
  );
}
