import type { PowerNodeView, PowerServiceView } from '../../../src/server/power-protocol.js';
import { Tile } from '../style/tile.js';
import type { PowerStore } from './store.js';
import { clockText, energy, perAnswer, STATE, thresholdText } from './words.js';

type ServiceProps = { service: PowerServiceView; store: PowerStore; may: boolean };

export function ServiceTile({ service, store, may }: ServiceProps) {
  const { name, state, reason, job, wake_at: wakeAt, leases, wh } = service;
  const waits = store.doing.waiting.value.has(service.service);
  const word = STATE[state].word;
  const words = reason === '' ? 'No power agent says why.' : `${word} because ${reason}.`;
  const figures: [string, string][] = [
    ['Sleeps after', thresholdText(service)],
    ['Wakes at', wakeAt],
    ['Kept awake', leases.map(({ by, until }) => `by ${by} until ${clockText(until)}`).join(', ')],
    ['Today', wh > 0 ? energy(wh) : ''],
    ['An answer', perAnswer(service)],
    ['Job', job],
  ];
  return (
    <Tile name={name} look={STATE[state]} words={words} figures={figures}>
      {may && (
        <>
          {state === 'awake' ? (
            <button type="button" disabled={waits} onClick={() => void store.sleep(service)}>
              {waits ? 'Waiting for consent…' : 'Put to sleep'}
              <span class="unseen"> ({name})</span>
            </button>
          ) : (
            <button
              type="button"
              class="primary"
              aria-label={`Wake ${name}`}
              disabled={waits || state === 'waking'}
              onClick={() => void store.wake(service)}
            >
              Wake
            </button>
          )}
          <button
            type="button"
            aria-haspopup="dialog"
            aria-label={`Settings of ${name}`}
            onClick={() => {
              store.settings.value = service.service;
            }}
          >
            Settings
          </button>
        </>
      )}
    </Tile>
  );
}

type NodeProps = { node: PowerNodeView; store: PowerStore; may: boolean };

export function NodeTile({ node: its, store, may }: NodeProps) {
  const { node, state, words, sees, wh, budget_wh: budget, quiet_hours: quiet, wol } = its;
  const figures: [string, string][] = [
    ['Today', budget > 0 ? `${energy(wh)} of ${energy(budget)}` : energy(wh)],
    ['Quiet hours', quiet === '' ? 'none' : `${quiet}${its.quiet ? ', now' : ''}`],
    ['Traffic', state !== 'awake' ? '' : sees ? 'seen' : 'not seen: nothing sleeps by itself'],
    ['Suspended', wol ? 'when nothing runs on it' : 'never'],
  ];
  return (
    <Tile name={node} look={STATE[state]} words={words} figures={figures}>
      {may && (
        <button
          type="button"
          disabled={store.doing.waiting.value.has(`node ${node}`)}
          onClick={() => void store.suspendable(node, !wol)}
        >
          {wol ? 'Never suspend' : 'Let it be suspended'}
          <span class="unseen"> ({node})</span>
        </button>
      )}
    </Tile>
  );
}
