import { heardLength } from '../state/heard.js';
import type { BotRow } from '../state/rows.js';
import type { Twin } from '../twin.js';

/** An answer. While it is spoken, what has been heard is solid and what is still to come is grey. */
export function BotLine({ row, twin }: { row: BotRow; twin: Twin }) {
  return (
    <p class="said">
      <b class="who">Twin</b> {row.final ? <span>{row.text}</span> : <Growing row={row} twin={twin} />}
      {row.interrupted && <span class="mark"> interrupted</span>}
    </p>
  );
}

function Growing({ row, twin }: { row: BotRow; twin: Twin }) {
  const spoken = row.segments.map(({ text }) => text).join('');
  const text = spoken + row.text.slice(row.covered);
  const { turn, samples } = twin.position.value;
  const heard = twin.audible.value ? heardLength(row.segments, turn === row.turn ? samples : 0) : text.length;
  return (
    <span class="ahead">
      <span class="heard">{text.slice(0, heard)}</span>
      {text.slice(heard)}
    </span>
  );
}
