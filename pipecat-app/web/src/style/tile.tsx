import type { ComponentChildren } from 'preact';
import { Words } from './words.js';

type Props = {
  name: string;
  /** Its state as a word, the sign for the eye, and the tile that has its colour. */
  look: { word: string; sign: string; tile: string };
  words: string;
  /** Name and value of each figure. */
  figures: [string, string][];
  children?: ComponentChildren;
};

/** One node, job, expert or service: its name, its state as a word, why, and what is known of it. */
export function Tile({ name, look, words, figures, children }: Props) {
  return (
    <li class={`tile ${look.tile}`}>
      <h3>{name}</h3>
      <p class="tile-state">
        <span aria-hidden="true">{look.sign}</span> {look.word}
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
