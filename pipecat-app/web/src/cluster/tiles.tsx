import type { ExpertView, JobView, NodeView } from '../../../src/server/cluster-protocol.js';
import { Tile } from '../style/tile.js';
import type { ClusterStore } from './store.js';

import { STATE, sizeText, slotsText, speedText } from './words.js';

export function ExpertTile({ expert, store }: { expert: ExpertView; store: ClusterStore }) {
  const { name, state, words, ok, model, node, context, job, place } = expert;
  const title = place === 'own' ? `${name} (own model)` : name;
  const figures: [string, string][] = [
    ['Model', place === 'own' ? '' : model],
    ['Node', node],
    ['Slots', ok && place === 'cluster' ? slotsText(expert) : ''],
    ['Speed', ok ? speedText(expert) : ''],
    ['Context', context > 0 ? `${context} tokens` : ''],
  ];
  return (
    <Tile name={title} look={STATE[state]} words={words} figures={figures}>
      {job !== '' && <LogButton job={job} store={store} />}
    </Tile>
  );
}

export function NodeTile({ node }: { node: NodeView }) {
  const figures: [string, string][] = [
    ['Size', sizeText(node)],
    ['Processor', node.cpu],
    ['Address', node.address],
    ['Jobs', node.jobs.join(', ') || (node.id === '' ? '' : 'none')],
  ];
  return <Tile name={node.name} look={STATE[node.state]} words={node.words} figures={figures} />;
}

export function JobTile({ job, store }: { job: JobView; store: ClusterStore }) {
  const figures = job.groups.map(({ name, wanted, running }): [string, string] => [
    name,
    `${running} of ${wanted} run`,
  ]);
  const may = store.mayChange();
  const open = (is: 'scale' | 'stop') => () => {
    store.dialog.value = { is, job };
  };
  return (
    <Tile name={job.id} look={STATE[job.state]} words={job.words} figures={[['Type', job.type], ...figures]}>
      <LogButton job={job.id} store={store} />
      {may && job.groups.some(({ scalable }) => scalable) && (
        <button type="button" aria-haspopup="dialog" aria-label={`Scale ${job.id}`} onClick={open('scale')}>
          Scale
        </button>
      )}
      {may && (
        <button type="button" aria-haspopup="dialog" aria-label={`Stop ${job.id}`} onClick={open('stop')}>
          Stop
        </button>
      )}
    </Tile>
  );
}

function LogButton({ job, store }: { job: string; store: ClusterStore }) {
  return (
    <button
      type="button"
      aria-label={`Log of ${job}`}
      aria-pressed={store.log.value === job}
      onClick={() => {
        store.log.value = store.log.value === job ? null : job;
      }}
    >
      Log
    </button>
  );
}
