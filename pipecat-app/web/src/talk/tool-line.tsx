import type { ToolRow } from '../state/rows.js';

const STATUS: Record<ToolRow['status'], { sign: string; word: string }> = {
  running: { sign: '…', word: 'running' },
  ok: { sign: '✓', word: 'done' },
  failed: { sign: '✗', word: 'failed' },
  later: { sign: '…', word: 'goes on' },
};

export function ToolLine({ row }: { row: ToolRow }) {
  const { sign, word } = STATUS[row.status];
  return (
    <details class={`fold ${row.status}`}>
      <summary>
        <span class="sign" aria-hidden="true">
          {sign}
        </span>
        <code>{row.tool}</code> {word}
      </summary>
      <dl>
        {Object.entries(row.args).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
      {row.output && <p class="output">{row.output}</p>}
    </details>
  );
}
