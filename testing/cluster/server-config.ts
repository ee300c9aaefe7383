import { realpathSync } from 'node:fs';

/** Everything that a test cluster listens on; all on the loopback address. */
export type ClusterPorts = {
  consulHttp: number;
  consulServer: number;
  consulSerf: number;
  nomadHttp: number;
  nomadRpc: number;
  nomadSerf: number;
};

const LOOPBACK = '127.0.0.1';

/** What the exec driver puts into each task's root: enough for Node.js, a shell and the programs of `parts.sh`, no more. */
const CHROOT = [
  '/bin/sh',
  // Tasks run as the user nobody.
  '/etc/group',
  '/etc/passwd',
  '/etc/hosts',
  '/lib/x86_64-linux-gnu',
  '/lib64',
  '/usr/bin/env',
  '/usr/bin/nproc',
  '/usr/bin/sed',
  '/usr/bin/setpriv',
];

/** Nomad's own list, and what the power agent's traffic monitor needs; as the role nomad has it. */
const ALLOWED_RIGHTS =
  'audit_write chown dac_override fowner fsetid kill mknod net_bind_service setfcap setgid setpcap setuid sys_chroot bpf net_admin'.split(
    ' ',
  );

/**
 * Consul as one server that forgets nothing between restarts, asks no one for updates and offers what the jobs use.
 * @param bind where agents of other nodes reach it
 */
export function consulConfig(ports: ClusterPorts, dataDir: string, bind = LOOPBACK): object {
  return {
    server: true,
    bootstrap_expect: 1,
    node_name: 'loopback',
    datacenter: 'dc1',
    data_dir: dataDir,
    bind_addr: bind,
    advertise_addr: bind,
    client_addr: LOOPBACK,
    disable_update_check: true,
    disable_host_node_id: true,
    disable_anonymous_signature: true,
    leave_on_terminate: false,
    skip_leave_on_interrupt: true,
    log_level: 'INFO',
    performance: { raft_multiplier: 1 },
    // One address makes all requests here.
    limits: { http_max_conns_per_client: 2000 },
    connect: { enabled: false },
    peering: { enabled: false },
    ui_config: { enabled: true },
    ports: {
      http: ports.consulHttp,
      server: ports.consulServer,
      serf_lan: ports.consulSerf,
      serf_wan: -1,
      dns: -1,
      grpc: -1,
      grpc_tls: -1,
    },
  };
}

/** Nomad as server and client in one process, with the raw_exec driver and without a look at any cloud. */
export function nomadConfig(
  ports: ClusterPorts,
  dataDir: string,
  { acl, chroot, volumes }: { acl: boolean; chroot: readonly string[]; volumes: Readonly<Record<string, string>> },
): object {
  return {
    name: 'loopback',
    region: 'global',
    datacenter: 'dc1',
    data_dir: dataDir,
    bind_addr: LOOPBACK,
    addresses: { http: LOOPBACK, rpc: LOOPBACK, serf: LOOPBACK },
    advertise: {
      http: `${LOOPBACK}:${ports.nomadHttp}`,
      rpc: `${LOOPBACK}:${ports.nomadRpc}`,
      serf: `${LOOPBACK}:${ports.nomadSerf}`,
    },
    ports: { http: ports.nomadHttp, rpc: ports.nomadRpc, serf: ports.nomadSerf },
    disable_update_check: true,
    leave_on_interrupt: false,
    leave_on_terminate: false,
    log_level: 'INFO',
    limits: { http_max_conns_per_client: 2000 },
    acl: { enabled: acl },
    server: { enabled: true, bootstrap_expect: 1, raft_multiplier: 1 },
    client: {
      enabled: true,
      network_interface: 'lo',
      servers: [`${LOOPBACK}:${ports.nomadRpc}`],
      // Looking for a cloud asks an address outside this machine.
      options: { 'fingerprint.denylist': 'env_aws,env_gce,env_azure,env_digitalocean' },
      // Nomad links files and would link a symbolic link as it is: /bin/sh to a dash that is not there.
      host_volume: Object.fromEntries(Object.entries(volumes).map(([name, path]) => [name, { path }])),
      chroot_env: Object.fromEntries([...CHROOT, ...chroot].map((path) => [realpathSync(path), path])),
    },
    plugin: [{ raw_exec: [{ config: [{ enabled: true }] }] }, { exec: [{ config: [{ allow_caps: ALLOWED_RIGHTS }] }] }],
    consul: { address: `${LOOPBACK}:${ports.consulHttp}`, server_auto_join: false, client_auto_join: false },
  };
}
