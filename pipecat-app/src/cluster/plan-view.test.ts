import { expect, it } from 'vitest';
import { diffLines, effectsOf, hasChanges, warningsOf } from './plan-view.js';

const field = (Type: string, Name: string, Old = '', New = '') => ({ Type, Name, Old, New });
const none = { Ignore: 0, Place: 0, Migrate: 0, Stop: 0, InPlaceUpdate: 0, DestructiveUpdate: 0, Canary: 0 };

it('shows what changes, indented by where it is, and nothing that stays', () => {
  const Diff = {
    Type: 'Edited',
    ID: 'math-expert',
    Fields: [field('None', 'Type', 'service', 'service')],
    Objects: [
      { Type: 'Added', Name: 'Constraint', Fields: [field('Added', 'RTarget', '', 'x'), field('Added', 'LTarget')] },
    ],
    TaskGroups: [
      {
        Type: 'Edited',
        Name: 'head',
        Fields: [field('Edited', 'Count', '1', '2')],
        Objects: [],
        Tasks: [
          { Type: 'Edited', Name: 'head', Fields: [field('Deleted', 'Env[OLD]', 'a "b"')], Objects: [] },
          { Type: 'None', Name: 'other', Fields: [], Objects: [] },
        ],
      },
    ],
  };
  expect(diffLines({ Diff }).map(({ sign, depth, text }) => `${'  '.repeat(depth)}${sign} ${text}`)).toEqual([
    '~ job "math-expert"',
    '  + Constraint',
    '    + RTarget: "x"',
    '  ~ group "head"',
    '    ~ Count: "1" → "2"',
    '    ~ task "head"',
    '      - Env[OLD]: "a \\"b\\""',
  ]);
  expect(diffLines({ Diff: { Type: 'None', ID: 'x', Fields: [], Objects: [], TaskGroups: [] } })).toEqual([]);
});

it('says what would happen to each group', () => {
  const updates = { head: { ...none, DestructiveUpdate: 1, Ignore: 1 }, rpc: none, new: { ...none, Place: 2 } };
  expect(effectsOf({ Annotations: { DesiredTGUpdates: updates } })).toEqual([
    'Group head: Nomad replaces 1, leaves as it is 1.',
    'Group new: Nomad starts 2.',
  ]);
});

it('knows a plan that changes nothing', () => {
  const same = { Type: 'None', ID: 'x', Fields: [], Objects: [], TaskGroups: [] };
  expect(hasChanges({ Diff: same, Annotations: { DesiredTGUpdates: { head: { ...none, Ignore: 1 } } } })).toBe(false);
  expect(hasChanges({ Diff: same, Annotations: { DesiredTGUpdates: { head: { ...none, Place: 1 } } } })).toBe(true);
  expect(hasChanges({ Diff: { ...same, Type: 'Edited' }, Annotations: null })).toBe(true);
});

it('tells why no node can take a group', () => {
  const head = {
    NodesEvaluated: 3,
    NodesExhausted: 1,
    ConstraintFiltered: { 'missing drivers': 2 },
    DimensionExhausted: { memory: 1 },
  };
  expect(warningsOf({ FailedTGAllocs: { head }, Warnings: '1 warning:\n\n* old block' })).toEqual([
    'No node can take group head now (3 looked at): missing drivers (2), memory (1). It waits until one can.',
    '1 warning: * old block',
  ]);
});
