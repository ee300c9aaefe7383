import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../lab-folders.js';
import { must } from '../run-command.js';
import type { Scenario } from '../scenario.js';

/** Installs the pinned Ansible beside the repository, and prints where. */
const ANSIBLE = join(ROOT, 'testing/ansible/venv.sh');
const PLAYBOOK = join(ROOT, 'playbook.yaml');

/** Shows what changed, each after its task, then the table of all hosts; everything where it failed. */
const converge = `out=$(ANSIBLE_CONFIG=ansible.cfg "$(testing/ansible/venv.sh)/ansible-playbook" \
    -i "$LAB/inventory.yaml" -e '{"nomad_raw_exec": true, "infrastructure_only": true}' playbook.yaml 2>&1) || { echo "$out"; exit 1; }
  awk '/^(TASK|RUNNING)/ { task = $0 } /^changed/ { print task; print } /^PLAY RECAP/ { recap = 1 } recap' <<<"$out"`;
const manage = (command: string): string =>
  `CONSUL_HTTP_TOKEN=$(cat /etc/consul.d/management_token) NOMAD_TOKEN=$(cat /etc/nomad.d/management_token) bash -c '
    export CONSUL_HTTP_TOKEN NOMAD_TOKEN; ${command}'`;
/** Lines of a table, at least so many, that match. */
const lines = (count: number, pattern: string): RegExp => new RegExp(`(?:${pattern}[^]*?){${count}}`);

const LEADER = 'curl --silent --show-error --max-time 5 http://127.0.0.1:8500/v1/status/leader || true';

export const threeNodes: Scenario = {
  name: 'three-nodes',
  about: 'playbook.yaml makes a controller and two workers; one of them loses its power, the controller its cable',
  nodes: 3,
  long: true,
  lacks: async () =>
    existsSync(PLAYBOOK) && existsSync(ANSIBLE) ? undefined : 'the playbooks are not part of this checkout',
  steps: [
    { title: 'Ansible is there', check: async (_, signal) => void (await must([ANSIBLE], { signal })) },
    { title: 'the playbook converges', on: 'lab', run: converge, sees: /^node3 .*unreachable=0 +failed=0/m },
    {
      title: 'a second run changes nothing',
      on: 'lab',
      run: converge,
      sees: lines(3, 'changed=0 +unreachable=0 +failed=0'),
    },
    { title: 'three members', on: 'node1', run: manage('consul members'), sees: lines(3, ' alive '), withinS: 30 },
    {
      title: 'three nodes that take jobs',
      on: 'node1',
      run: manage('nomad node status'),
      sees: lines(3, ' ready'),
      withinS: 30,
    },
    {
      title: 'one server of Nomad, which leads',
      on: 'node1',
      run: manage('nomad operator raft list-peers'),
      sees: /node1.* leader /m,
    },
    {
      title: 'one server of Consul, which leads',
      on: 'node1',
      run: manage('consul operator raft list-peers'),
      sees: /node1.* leader /m,
    },
    { title: 'the power of node3 goes', act: 'kill', node: 'node3' },
    { title: 'Consul sees it', on: 'node1', run: manage('consul members'), sees: /node3 .* failed /, withinS: 60 },
    { title: 'Nomad sees it', on: 'node1', run: manage('nomad node status'), sees: /node3 .* down/, withinS: 90 },
    { title: 'the power of node3 is back', act: 'start', node: 'node3' },
    {
      title: 'it is a member again',
      on: 'node1',
      run: manage('consul members'),
      sees: lines(3, ' alive '),
      withinS: 60,
    },
    { title: 'and takes jobs', on: 'node1', run: manage('nomad node status'), sees: lines(3, ' ready'), withinS: 90 },
    { title: 'the cable of the controller is pulled', act: 'unplug', node: 'node1' },
    {
      title: 'the workers notice',
      on: 'node2',
      // A worker's own token does not show it the other members; who leads, Consul tells everyone.
      run: LEADER,
      lacks: /10\.77\.0\.11:8300/,
      withinS: 60,
    },
    { title: 'the cable is plugged in', act: 'plug', node: 'node1' },
    {
      title: 'all are members again',
      on: 'node1',
      run: manage('consul members'),
      sees: lines(3, ' alive '),
      withinS: 120,
    },
    {
      title: 'all take jobs again',
      on: 'node1',
      run: manage('nomad node status'),
      sees: lines(3, ' ready'),
      withinS: 120,
    },
    {
      title: 'the playbook finds nothing to do',
      on: 'lab',
      run: converge,
      sees: lines(3, 'changed=0 +unreachable=0 +failed=0'),
    },
  ],
};
