import type { Plan } from '@twin/hashi/nomad/job.js';
import type { DiffLine } from '../server/cluster-protocol.js';

/** A part of Nomad's difference: a job, a group, a task, or a block inside of one. */
type Part = {
  Type: string;
  Name?: string | undefined;
  ID?: string | undefined;
  Old?: string | undefined;
  New?: string | undefined;
  Fields?: readonly Part[] | null | undefined;
  Objects?: readonly Part[] | null | undefined;
  TaskGroups?: readonly Part[] | null | undefined;
  Tasks?: readonly Part[] | null | undefined;
};

const SIGN: Record<string, DiffLine['sign']> = { Added: '+', Deleted: '-', Edited: '~' };

/** The difference line by line, without what stays as it is. */
export function diffLines({ Diff }: Pick<Plan, 'Diff'>): DiffLine[] {
  return Diff ? partLines('job', Diff, 0) : [];
}

function partLines(kind: string, part: Part, depth: number): DiffLine[] {
  const inside = [
    ...(part.Fields ?? []).flatMap((field) => fieldLines(field, depth + 1)),
    ...(part.Objects ?? []).flatMap((object) => partLines('', object, depth + 1)),
    ...(part.TaskGroups ?? []).flatMap((group) => partLines('group', group, depth + 1)),
    ...(part.Tasks ?? []).flatMap((task) => partLines('task', task, depth + 1)),
  ];
  if (part.Type === 'None' && inside.length === 0) return [];
  const name = part.ID ?? part.Name ?? '';
  const text = kind === '' ? name : `${kind} ${JSON.stringify(name)}`;
  return [{ sign: signOf(part), depth, text }, ...inside];
}

function fieldLines(field: Part, depth: number): DiffLine[] {
  const { Type, Name = '', Old = '', New = '' } = field;
  const quoted = (value: string): string => JSON.stringify(value);
  if (Type === 'Edited') return [{ sign: '~', depth, text: `${Name}: ${quoted(Old)} → ${quoted(New)}` }];
  const value = Type === 'Deleted' ? Old : New;
  // What is new and empty says nothing.
  return Type === 'None' || value === '' ? [] : [{ sign: signOf(field), depth, text: `${Name}: ${quoted(value)}` }];
}

const signOf = ({ Type }: Part): DiffLine['sign'] => SIGN[Type] ?? ' ';

const EFFECTS = {
  Place: 'starts',
  Stop: 'stops',
  Migrate: 'moves',
  InPlaceUpdate: 'changes in place',
  DestructiveUpdate: 'replaces',
  Canary: 'starts as a canary',
  Ignore: 'leaves as it is',
} as const;

/** What Nomad would do, one sentence for each group. */
export function effectsOf({ Annotations }: Pick<Plan, 'Annotations'>): string[] {
  return Object.entries(Annotations?.DesiredTGUpdates ?? {}).flatMap(([group, updates]) => {
    const done = Object.entries(EFFECTS).flatMap(([name, verb]) => {
      const count = updates[name as keyof typeof EFFECTS];
      return count > 0 ? [`${verb} ${count}`] : [];
    });
    return done.length > 0 ? [`Group ${group}: Nomad ${done.join(', ')}.`] : [];
  });
}

/** Whether anything would change. */
export function hasChanges({ Diff, Annotations }: Pick<Plan, 'Diff' | 'Annotations'>): boolean {
  const updates = Object.values(Annotations?.DesiredTGUpdates ?? {});
  return (Diff?.Type ?? 'None') !== 'None' || updates.some((one) => one.Place + one.Stop + one.DestructiveUpdate > 0);
}

/** What Nomad cannot place now, and what it warns of. */
export function warningsOf({ FailedTGAllocs, Warnings }: Pick<Plan, 'FailedTGAllocs' | 'Warnings'>): string[] {
  const unplaced = Object.entries(FailedTGAllocs).map(([group, metrics]) => {
    const reasons = [...reasonsIn(metrics.ConstraintFiltered), ...reasonsIn(metrics.DimensionExhausted)];
    const why = reasons.length > 0 ? `: ${reasons.join(', ')}` : '';
    return `No node can take group ${group} now (${metrics.NodesEvaluated} looked at)${why}. It waits until one can.`;
  });
  const words = (Warnings ?? '').replace(/\s+/g, ' ').trim();
  return words === '' ? unplaced : [...unplaced, words];
}

const reasonsIn = (counts: unknown): string[] =>
  typeof counts === 'object' && counts !== null ? Object.entries(counts).map(([why, n]) => `${why} (${n})`) : [];
