import { describe, expect, it } from 'vitest';
import { faultRules } from './faults.js';

const drops = (text: string): string[] => text.split('\n').filter((line) => line.endsWith('drop'));

describe('faults of the network', () => {
  it('lose a part of what goes to a node, from others and from the lab', () => {
    expect(drops(faultRules({ kind: 'loss', node: 'node2', percent: 12.5 }))).toEqual([
      'add rule bridge lab forward oifname "vb-node2" numgen random mod 1000 < 125 counter drop',
      'add rule bridge lab output oifname "vb-node2" numgen random mod 1000 < 125 counter drop',
    ]);
  });

  it('part every pair of two groups in both directions, and nobody within a group', () => {
    const rules = drops(faultRules({ kind: 'partition', one: ['node1'], other: ['node2', 'node3'] }));
    const pairs = rules.map((rule) => /iifname "vb-(.*?)" oifname "vb-(.*?)"/.exec(rule)?.slice(1).join('>'));
    expect(pairs.sort()).toEqual(['node1>node2', 'node1>node3', 'node2>node1', 'node3>node1']);
  });

  it.each([-1, 101, Number.NaN])('of %d percent are refused', (percent) => {
    expect(() => faultRules({ kind: 'loss', node: 'node1', percent })).toThrow(RangeError);
  });
});
