import { Tile } from '../style/tile.js';
import type { NodesStore } from './store.js';
import { type Machine, PHASE, timeText, WAY, wordsOf } from './words.js';

type Props = { machine: Machine; store: NodesStore; may: boolean };

export function MachineTile({ machine, store, may }: Props) {
  const { mac, name, phase, disk, wipe, way, address, failure, log } = machine;
  const called = name || mac;
  const waits = store.doing.waiting.value.has(mac);
  const look = failure === '' ? PHASE[phase] : { ...PHASE[phase], tile: 'degraded' };
  const figures: [string, string][] = [
    ['Card', name === '' ? '' : mac],
    ['Disk', disk === '' ? '' : `${disk === 'auto' ? 'the only one' : disk}${wipe ? ', may be erased' : ''}`],
    ['Installed by', disk === '' ? '' : way === 'image' ? 'our image' : 'Debian’s installer'],
    ['Address', address],
  ];
  return (
    <Tile name={called} look={look} words={wordsOf(machine)} figures={figures}>
      {phase !== 'unknown' && <Way phase={phase} />}
      {log.length > 0 && (
        <details class="machine-log">
          <summary>What it said last</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and a keyboard must reach it */}
          <pre tabIndex={0} role="log" aria-label={`Log of ${called}`}>
            {log.map(({ at, line }) => `${timeText(at)} ${line}\n`)}
          </pre>
        </details>
      )}
      {may && (
        <>
          <button
            type="button"
            class={phase === 'unknown' ? 'primary' : ''}
            aria-haspopup="dialog"
            disabled={waits}
            onClick={() => {
              store.allowing.value = mac;
            }}
          >
            {waits ? 'Waiting for consent…' : phase === 'unknown' ? 'Allow' : 'Install anew'}
            <span class="unseen"> ({called})</span>
          </button>
          {phase === 'installed' && address !== '' && (
            <button type="button" disabled={waits} onClick={() => void store.join(mac, called)}>
              Join again
              <span class="unseen"> ({called})</span>
            </button>
          )}
          {(phase === 'allowed' || phase === 'installing') && (
            <button type="button" disabled={waits} onClick={() => void store.revoke(mac, called)}>
              Send to its disk
              <span class="unseen"> ({called})</span>
            </button>
          )}
        </>
      )}
    </Tile>
  );
}

/** How far it is, as steps of a way. */
function Way({ phase }: { phase: Machine['phase'] }) {
  const at = WAY.findIndex((one) => one.phase === phase);
  return (
    <ol class="machine-way" aria-label="How far it is">
      {WAY.map(({ phase: its, name }, i) => (
        <li
          key={its}
          class={i < at || phase === 'joined' ? 'past' : i === at ? 'now' : ''}
          aria-current={i === at ? 'step' : undefined}
        >
          {name}
        </li>
      ))}
    </ol>
  );
}
