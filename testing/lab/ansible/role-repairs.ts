/** On a whole node: what is broken of each role, and what its tag alone brings back. bootstrap.long.test.ts. */
export type Repair = {
  role: string;
  /** Shell commands of root on the primary controller, with the management tokens. */
  breaks: string;
  /** Shell commands, and what each must print: not before, but after. */
  mended: readonly [command: string, sees: RegExp][];
};

const runs = (job: string): Repair['mended'][number] => [
  `nomad job status -short ${job} 2>&1 | grep ^Status || true`,
  /running/,
];
const active = (unit: string): Repair['mended'][number] => [`systemctl is-active ${unit} || true`, /^active$/];
const there = (file: string): Repair['mended'][number] => [`ls -L ${file} 2>&1 || true`, new RegExp(`^${file}$`)];

const LLAMA = '/opt/nomad/models/gemma-3-270m-q4_k_m.gguf';
const WHISPER = '/opt/nomad/models/whisper-tiny.en-q8_0.bin';

export const REPAIRS: readonly Repair[] = [
  {
    role: 'common',
    breaks: 'rm /etc/twin/firewall.nft && nft delete table inet twin',
    mended: [['nft list chain inet twin input 2>&1 || true', /policy drop/]],
  },
  {
    role: 'consul',
    breaks: 'rm /etc/consul.d/consul.json && systemctl stop consul',
    mended: [active('consul'), there('/etc/consul.d/consul.json')],
  },
  {
    role: 'nomad',
    breaks: 'rm /etc/nomad.d/nomad.json && systemctl stop nomad && systemctl disable nomad',
    mended: [active('nomad'), ['systemctl is-enabled nomad || true', /^enabled$/], there('/etc/nomad.d/nomad.json')],
  },
  {
    role: 'join',
    breaks:
      'systemctl stop twin-join.path && chmod 0777 /var/spool/twin-join && rm /usr/local/lib/twin-join/receive.py',
    mended: [
      active('twin-join.path'),
      ['stat -c "%a %U:%G" /var/spool/twin-join', /^1730 root:twin-join$/],
      there('/usr/local/lib/twin-join/receive.py'),
    ],
  },
  {
    role: 'depot',
    breaks: 'systemctl stop twin-depot && rm /etc/twin/depot.conf && rm /opt/twin/app',
    mended: [active('twin-depot'), there('/opt/twin/app/package.json')],
  },
  {
    role: 'llama',
    breaks: `systemctl stop twin-rpc-door && rm ${LLAMA} && rm /opt/twin/llama`,
    mended: [active('twin-rpc-door'), there(LLAMA), there('/opt/twin/llama/llama-server')],
  },
  {
    role: 'speech',
    breaks: `rm ${WHISPER} && ln -sfn /nowhere /opt/twin/engines`,
    mended: [there(WHISPER), ['ls /opt/twin/engines/ 2>&1 || true', /whisper/]],
  },
  {
    role: 'pipecatapp',
    breaks: 'rm /usr/local/bin/twin && nomad job stop -purge pipecat-app && nomad job stop llamacpp-rpc',
    mended: [there('/usr/local/bin/twin'), runs('pipecat-app'), runs('llamacpp-rpc')],
  },
  {
    role: 'power_agent',
    breaks: 'rm /etc/tmpfiles.d/twin-power.conf && nomad job stop -purge power-agent',
    mended: [there('/etc/tmpfiles.d/twin-power.conf'), runs('power-agent')],
  },
];

/** Roles that need more than such a node, and the long test that is about them: what stands in it. */
export const ELSEWHERE: Readonly<Record<string, { playbook: string; test: string; says: string }>> = {
  membership: { playbook: 'promote_controller.yaml', test: 'promote.long.test.ts', says: '.promote(' },
  pxe_server: { playbook: 'playbook.yaml', test: 'network-boot.long.test.ts', says: 'is-active twin-boot' },
};
