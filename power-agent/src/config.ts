import { hostname } from 'node:os';
import { z } from 'zod';
import { PowerAgentError } from './errors.js';
import { quietHours } from './quiet-hours.js';
import { SOURCE_CLASSES } from './traffic.js';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== ''),
);
const seconds = z.coerce.number().int().min(0).max(604_800);
const watts = z.coerce.number().min(0).max(10_000);
const prefix = z.stringFormat('prefix', /^[0-9a-f.:]+\/\d{1,3}$/i);

/** What a private network may be. */
const PRIVATE = '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,fc00::/7,fe80::/10';
/** What Consul, Prometheus and the agent's own gateway ask to see whether an expert lives; 16 characters count. */
const PROBES =
  'GET /health,GET /metrics,GET /slots,GET /props,GET /v1/models,GET /models,GET /-/healthy,GET /-/ready,HEAD ,OPTIONS ';

const schema = z.object({
  /** As Consul names this node. */
  TWIN_NODE: z.string().default(hostname()),
  TWIN_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Where metrics and health are served. */
  POWER_HOST: z.string().default('127.0.0.1'),
  POWER_PORT: z.coerce.number().int().min(0).max(65_535).default(9464),
  /** Between two looks at the traffic. */
  POWER_TICK_MS: z.coerce.number().int().min(50).max(1000).default(1000),
  /** Without work for so long a service sleeps, unless its key says otherwise; 0 never. */
  POWER_IDLE_SECONDS: seconds.default(1800),
  POWER_MIN_AWAKE_SECONDS: seconds.default(300),
  POWER_SLEEPS_PER_HOUR: z.coerce.number().int().min(1).max(60).default(4),
  /** Longest idle time in quiet hours and over the budget. */
  POWER_HURRIED_IDLE_SECONDS: seconds.default(300),
  POWER_QUIET_HOURS: quietHours.prefault(''),
  /** Watt-hours of this node a day; 0 is no limit. */
  POWER_BUDGET_WH: z.coerce.number().min(0).default(0),
  /** What this node draws, where it has no meter. */
  POWER_WATTS_WORKING: watts.default(65),
  POWER_WATTS_IDLE: watts.default(40),
  POWER_WATTS_SUSPENDED: watts.default(3),
  /** How this node is suspended when nothing runs on it and its policy has `wol`; `off`: never. */
  POWER_NODE_SLEEP: z.enum(['off', 'systemctl', 'mem']).default('off'),
  POWER_NODE_MIN_ON_SECONDS: seconds.default(900),
  POWER_NODE_MIN_OFF_SECONDS: seconds.default(60),
  POWER_NODE_SLEEPS_PER_HOUR: z.coerce.number().int().min(1).max(60).default(2),
  POWER_CLUSTER_NETWORKS: list.pipe(z.array(prefix)).prefault(PRIVATE),
  POWER_WAKE_CLASSES: list.pipe(z.array(z.enum(SOURCE_CLASSES).exclude(['own']))).prefault('loopback,cluster'),
  POWER_PROBES: z
    .string()
    .default(PROBES)
    .transform((text) => text.split(',').filter((one) => one !== '')),
  /** Payload a tick that is still a check, in bytes. */
  POWER_CHECK_BYTES: z.coerce.number().int().min(0).max(4096).default(128),
  /** Ports that only checks come to, comma separated. */
  POWER_CHECK_PORTS: list
    .transform((ports) => ports.map(Number))
    .pipe(z.array(z.number().int().min(1).max(65_535)))
    .prefault(''),
  /** Comma separated; empty for all. */
  POWER_INTERFACES: list.prefault(''),
  /** Where the maps outlive the loader: a folder on a bpf file system. Empty: nowhere. */
  POWER_PINS: z.string().default('/sys/fs/bpf/twin'),
  /** Folder with the compiled traffic monitor; empty: it is compiled, or found compiled, by bpf/build.sh. */
  POWER_BPF: z.string().default(''),
});
export type Config = z.infer<typeof schema>;

/** @throws PowerAgentError `TWIN_POWER_CONFIG` with every setting that is wrong */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const read = schema.safeParse(env);
  if (read.success) return read.data;
  const wrong = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new PowerAgentError('TWIN_POWER_CONFIG', `Settings are wrong: ${wrong}.`, { next: 'Correct them.' });
}
