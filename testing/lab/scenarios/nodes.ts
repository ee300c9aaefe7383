import type { Scenario } from '../scenario.js';

/** An address that is nobody's (RFC 5737). */
const OUTSIDE = '198.51.100.1';

export const nodes: Scenario = {
  name: 'nodes',
  about: 'three machines see each other and nothing else; packages come',
  nodes: 3,
  steps: [
    { title: 'systemd is up everywhere', on: 'every', run: 'systemctl is-system-running --wait', sees: /^running/ },
    {
      title: 'each is a machine of its own',
      check: async ({ nodes: all }, signal) => {
        const ids = await Promise.all(all.map((node) => node.ssh('hostname; cat /etc/machine-id', { signal })));
        const names = ids.map(({ stdout }) => stdout.split('\n')[0]).join(' ');
        if (names !== 'node1 node2 node3') throw new Error(`the names are ${names}`);
        if (new Set(ids.map(({ stdout }) => stdout.split('\n')[1])).size !== 3) throw new Error('two ids are the same');
      },
    },
    {
      title: 'each sees the others by name',
      on: 'every',
      run: 'for n in 1 2 3; do ping -c 1 -W 2 node$n; done',
      lacks: /100% packet loss/,
    },
    { title: 'an ordinary user can log in', on: 'every', as: 'person', run: 'id -un', sees: /^person$/m },
    { title: 'who needs the password for sudo', on: 'node1', as: 'person', run: 'sudo -n true', fails: true },
    { title: 'and has it', on: 'node1', as: 'person', run: 'echo person | sudo -S id -un', sees: /^root$/m },
    { title: 'nothing outside answers', on: 'every', run: `ping -c 1 -W 2 ${OUTSIDE}`, fails: true },
    {
      title: 'the proxy takes nobody anywhere else',
      on: 'node1',
      run: `curl --silent --show-error --fail --max-time 5 --proxy http://10.77.0.1:3142 http://${OUTSIDE}/`,
      fails: true,
      sees: /404/,
    },
    { title: 'apt-get update', on: 'every', run: 'apt-get update -qq', lacks: /^[EW]:/m },
    { title: 'apt-get install', on: 'every', run: 'apt-get install -y -qq tree && tree --version', sees: /^tree v/m },
  ],
};
