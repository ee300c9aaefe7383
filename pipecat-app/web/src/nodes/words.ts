import type { MachinesAnswer } from '../../../src/server/machines-protocol.js';

export type Machine = MachinesAnswer['machines'][number];

/** Each phase as a word, the sign for the eye, and the tile that has its colour. */
export const PHASE: Record<Machine['phase'], { word: string; sign: string; tile: string }> = {
  unknown: { word: 'Unknown', sign: '?', tile: '' },
  allowed: { word: 'Allowed', sign: '○', tile: 'loading' },
  installing: { word: 'Installing', sign: '◐', tile: 'loading' },
  installed: { word: 'Installed', sign: '◑', tile: 'loading' },
  joined: { word: 'Joined', sign: '●', tile: 'awake' },
};

/** Steps of the way in, for people. */
export const WAY: { phase: Machine['phase']; name: string }[] = [
  { phase: 'allowed', name: 'Allowed' },
  { phase: 'installing', name: 'Installing' },
  { phase: 'installed', name: 'Installed' },
  { phase: 'joined', name: 'Joined' },
];

const STEPS: Record<string, string> = {
  early: 'Debian’s installer has started',
  disk: 'looks at its disk',
  partition: 'partitions its disk',
  unpack: 'unpacks Debian',
  configure: 'writes its name and keys',
  loader: 'installs the boot loader',
};

/** What a machine does, or what a person does next. */
export function wordsOf({ phase, step, failure, tries, address, log }: Machine): string {
  if (phase === 'unknown')
    return 'It asked to boot from the network, and was sent to its disk. Allow it to have it installed.';
  if (failure !== '') return failure;
  if (phase === 'allowed') return 'Start it from the network: it installs itself then.';
  if (phase === 'installing') return `It ${STEPS[step] ?? 'begins'}${tries > 1 ? `, try ${tries}` : ''}.`;
  if (phase === 'joined') return 'It is a node of the cluster.';
  if (address === '') return 'It starts from its own disk for the first time.';
  return log.at(-1)?.line.startsWith('joins')
    ? `It joins: ${log.at(-1)?.line.slice('joins: '.length)}.`
    : 'It waits to be taken into the cluster.';
}

/** A name that no other machine has. */
export function freeName(machines: readonly Machine[]): string {
  const taken = new Set(machines.map(({ name }) => name));
  let number = 1;
  while (taken.has(`worker${number}`)) number++;
  return `worker${number}`;
}

/** `14:05:09` by the clock of the person who looks. */
export const timeText = (at: number): string => new Date(at).toLocaleTimeString('en-GB', { hour12: false });
