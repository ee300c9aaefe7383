import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@twin/pipecat-app/config.js';
import type { ServiceInstance } from '@twin/pipecat-app/experts/service-table.js';
import { part } from '../parts/parts.js';
import { freePorts } from './ports.js';
import { alive, startProcess, stopProcess } from './server-process.js';

const MODEL = 'gemma-3-270m-q4_k_m.gguf';
/**
 * By default llama.cpp multiplies a batch with other kernels than a single token, which round differently: an answer
 * whose beginning was evaluated at once may then go on otherwise than one that was generated word by word.
 */
const SAME_ROUNDING = ['--no-repack', '-fa', 'on'];
const CONTEXT = 1024;
const HERE = { command: [], address: '127.0.0.1' };
const PATIENCE_MS = 60_000;

/** A head with its workers, as one instance of an expert. */
export type Head = {
  pid: number;
  workers: readonly number[];
  /** As Consul would tell of it. */
  instance: (expert: string) => ServiceInstance;
  alive: () => boolean;
};

/** llama.cpp's programs on free loopback ports, with the small model; all of them end with `close`. */
export class LlamaServers {
  readonly #pids = new Set<number>();

  private constructor(private readonly folder: string) {}

  static async open(): Promise<LlamaServers> {
    return new LlamaServers(await mkdtemp(join(tmpdir(), 'twin-llama-')));
  }

  /**
   * Starts a head and waits until it serves.
   * @param workers how many RPC workers hold layers of its model
   * @param inside what the head is started with to run in another network, and its address there
   * @throws TwinError `TWIN_PART_MISSING`, `TWIN_CLUSTER_SERVER`
   */
  async head({
    workers = 0,
    slots = 2,
    inside = HERE,
  }: {
    workers?: number;
    slots?: number;
    inside?: { command: readonly string[]; address: string };
  } = {}): Promise<Head> {
    const { address } = inside;
    const [port, ...rpcPorts] = await freePorts(1 + workers);
    const pids: number[] = [];
    for (const rpc of rpcPorts) pids.push(await this.#worker(rpc));
    const endpoints = rpcPorts.map((rpc) => `127.0.0.1:${rpc}`).join(',');
    const split = workers === 0 ? [] : ['--rpc', endpoints, '-ngl', '99', '--fit', 'off'];
    const pid = await this.#start(
      `head-${port}`,
      [
        ...inside.command,
        part('llama-server'),
        ...['-m', join(readConfig().TWIN_MODELS, MODEL), '--host', address, '--port', `${port}`],
        ...[
          '-c',
          `${CONTEXT * slots}`,
          '-np',
          `${slots}`,
          '-t',
          '1',
          '-b',
          '64',
          ...SAME_ROUNDING,
          '--poll',
          '0',
          '--swa-full',
          '--slots',
        ],
        ...['--no-warmup', '--offline', ...split],
      ] as [string, ...string[]],
      async () => (await fetch(`http://${address}:${port}/health`)).ok,
    );
    return {
      pid,
      workers: pids,
      alive: () => alive(pid),
      instance: (expert) => ({
        id: `head-${port}`,
        service: `llama-api-${expert}`,
        node: `n${port}`,
        address,
        port: port ?? 0,
        tags: [],
        meta: { model: MODEL, expert, template: 'completion' },
        passing: true,
      }),
    };
  }

  async close(): Promise<void> {
    for (const pid of this.#pids) if (alive(pid)) process.kill(pid, 'SIGCONT');
    await Promise.all([...this.#pids].map((pid) => stopProcess(pid)));
    await rm(this.folder, { recursive: true, force: true });
  }

  #worker(port: number): Promise<number> {
    const command: [string, ...string[]] = [part('ggml-rpc-server'), '-H', '127.0.0.1', '-p', `${port}`, '-t', '1'];
    return this.#start(`worker-${port}`, command, () => reachable(port));
  }

  async #start(name: string, command: [string, ...string[]], ready: () => Promise<boolean>): Promise<number> {
    const logFile = join(this.folder, `${name}.log`);
    const recipe = { name, command, logFile, patienceMs: PATIENCE_MS, detached: false, cwd: this.folder };
    const pid = await startProcess({ ...recipe, ready: () => ready().catch(() => false) });
    this.#pids.add(pid);
    return pid;
  }
}

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
