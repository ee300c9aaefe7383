import type { Scenario } from '../scenario.js';

const PING = 'ping -c 1 -W 1';

export const partition: Scenario = {
  name: 'partition',
  about: 'a split network, a lossy cable, a pulled one',
  nodes: 3,
  steps: [
    {
      title: 'node1 is apart from the others',
      fault: { kind: 'partition', one: ['node1'], other: ['node2', 'node3'] },
    },
    { title: 'node1 does not see node2', on: 'node1', run: `${PING} node2`, fails: true },
    { title: 'node3 does not see node1', on: 'node3', run: `${PING} node1`, fails: true },
    { title: 'node2 sees node3', on: 'node2', run: `${PING} node3` },
    { title: 'healed', heal: true },
    { title: 'node1 sees node2', on: 'node1', run: `${PING} node2` },
    { title: 'a cable that loses half', fault: { kind: 'loss', node: 'node2', percent: 50 } },
    {
      title: 'some of 60 packets are lost, some are not',
      on: 'node1',
      run: 'ping -c 60 -i 0.02 -W 1 node2',
      // The odds that none or all of 60 come through are nil; so are those of fewer than 10 or more than 50.
      sees: / [1-5]\d received/,
    },
    { title: 'healed again', heal: true },
    { title: 'none of 60 is lost', on: 'node1', run: 'ping -c 60 -i 0.02 -W 1 node2', sees: / 0% packet loss/ },
    { title: 'the cable of node3 is pulled', act: 'unplug', node: 'node3' },
    { title: 'node3 is gone', on: 'node1', run: `${PING} node3`, fails: true },
    { title: 'and plugged in', act: 'plug', node: 'node3' },
    { title: 'node3 is there', on: 'node1', run: `${PING} node3`, withinS: 20 },
  ],
};
