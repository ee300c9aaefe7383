import type { Scenario } from '../scenario.js';

export const powerCut: Scenario = {
  name: 'power-cut',
  about: 'a machine without power keeps its disk; a reset one is clean',
  nodes: 2,
  steps: [
    { title: 'a file is written', on: 'node1', run: 'echo kept >/root/note' },
    { title: 'the power goes', act: 'kill', node: 'node1' },
    { title: 'nobody answers there', on: 'node2', run: 'ping -c 1 -W 1 node1', fails: true },
    { title: 'the other one goes on', on: 'node2', run: 'uptime', sees: /up/ },
    { title: 'the power is back', act: 'start', node: 'node1' },
    { title: 'the file is there', on: 'node1', run: 'cat /root/note', sees: /^kept$/m },
    { title: 'systemd is up', on: 'node1', run: 'systemctl is-system-running --wait', sees: /^running/ },
    { title: 'frozen', act: 'freeze', node: 'node1' },
    {
      title: 'a frozen machine answers to ping, not to ssh',
      on: 'node2',
      run: 'ping -c 1 -W 1 node1 && ! timeout 2 bash -c "head -c 3 </dev/tcp/node1/22"',
    },
    { title: 'thawed', act: 'thaw', node: 'node1' },
    { title: 'it goes on', on: 'node1', run: 'cat /root/note', sees: /^kept$/m },
    { title: 'reset', act: 'reset', node: 'node1' },
    { title: 'the file is gone', on: 'node1', run: 'cat /root/note', fails: true, sees: /No such file/ },
  ],
};
