import { useSignal } from '@preact/signals';
import type { PowerAnswer, PowerMoment, PowerSpan } from '../../../src/server/power-protocol.js';
import { clockText, lasting, STATE, spansText } from './words.js';

type Line = { name: string; kind: 'service' | 'node'; spans: readonly PowerSpan[] };

const HOUR_MS = 3_600_000;
const HOURS = [1, 6, 24];
const WIDTH = 1000;
const HEIGHT = 20;
/** A wake takes seconds, and is to be seen in a day. */
const LEAST = 3;
const MOST_ROWS = 100;
/** Top and height of a bar: a state is told by its form, too. */
const BAR: Record<PowerMoment, [number, number]> = {
  awake: [0, HEIGHT],
  waking: [5, 10],
  asleep: [8, 4],
  off: [17, 3],
  silent: [0, 3],
};

/** Who was awake when, as lines for the eye and as a table for everybody. */
export function Timeline({ view }: { view: PowerAnswer }) {
  const hours = useSignal(6);
  const from = Math.max(view.from, view.to - hours.value * HOUR_MS);
  const lines: Line[] = [
    ...view.services.map(({ name, spans }) => ({ name, kind: 'service' as const, spans })),
    ...view.nodes.map(({ node, spans }) => ({ name: node, kind: 'node' as const, spans })),
  ];
  return (
    <section aria-labelledby="power-times">
      <header class="cluster-head">
        <h2 id="power-times">Timeline</h2>
        <label class="power-window">
          The last
          <select
            value={hours.value}
            onChange={({ currentTarget }) => {
              hours.value = Number(currentTarget.value);
            }}
          >
            {HOURS.map((count) => (
              <option key={count} value={count}>
                {count === 1 ? '1 hour' : `${count} hours`}
              </option>
            ))}
          </select>
        </label>
      </header>
      <ul class="power-lines">
        {lines.map((line) => (
          <LineOf key={`${line.kind} ${line.name}`} line={line} from={from} to={view.to} />
        ))}
      </ul>
      <p class="power-axis" aria-hidden="true">
        {[0, 1, 2, 3, 4].map((step) => (
          <span key={step}>{clockText(from + (step / 4) * (view.to - from))}</span>
        ))}
      </p>
      <ul class="power-legend" aria-hidden="true">
        {(Object.keys(BAR) as PowerMoment[]).map((state) => (
          <li key={state}>
            <svg aria-hidden="true" viewBox={`0 0 24 ${HEIGHT}`}>
              <Bar state={state} x={0} width={24} />
            </svg>
            {STATE[state].word}
          </li>
        ))}
      </ul>
      <Changes lines={lines} from={from} />
    </section>
  );
}

function LineOf({ line: { name, kind, spans }, from, to }: { line: Line; from: number; to: number }) {
  const x = (at: number): number => (WIDTH * Math.max(0, at - from)) / Math.max(1, to - from);
  const shown = spans.filter((span) => span.to > from);
  return (
    <li>
      <span class="power-name">
        {name} <span class="note">{kind}</span>
      </span>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${name}, the last ${lasting((to - from) / 1000)}: ${spansText(shown, from)}`}
      >
        {shown.map((span) => (
          <Bar key={span.from} state={span.state} x={x(span.from)} width={Math.max(LEAST, x(span.to) - x(span.from))} />
        ))}
      </svg>
    </li>
  );
}

function Bar({ state, x, width }: { state: PowerMoment; x: number; width: number }) {
  const [y, height] = BAR[state];
  return <rect class={`bar-${state}`} x={x} y={y} width={width} height={height} />;
}

/** The same in words: what changed, newest first. */
function Changes({ lines, from }: { lines: readonly Line[]; from: number }) {
  const changes = lines
    .flatMap(({ name, spans }) => spans.map((span) => ({ name, ...span })))
    .filter((span) => span.to > from)
    .sort((a, b) => b.from - a.from)
    .slice(0, MOST_ROWS);
  return (
    <details class="more">
      <summary>The timeline as a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="power-table" aria-label="Changes" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Since</th>
              <th scope="col">Who</th>
              <th scope="col">State</th>
              <th scope="col">For</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ name, state, from: since, to, why }) => (
              <tr key={`${name} ${since}`}>
                <td>{since <= from ? `before ${clockText(from)}` : clockText(since, true)}</td>
                <th scope="row">{name}</th>
                <td>{STATE[state].word}</td>
                <td>{lasting((to - since) / 1000)}</td>
                <td>{why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
