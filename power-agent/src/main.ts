import { realClock } from '@twin/hashi/clock.js';
import { Consul, consulFromEnv } from '@twin/hashi/consul.js';
import { Nomad, nomadFromEnv } from '@twin/hashi/nomad.js';
import { Sleeper } from '@twin/hashi/power/sleeper.js';
import { pino } from 'pino';
import { Actions } from './actions.js';
import { energyKey, PowerAgent } from './agent.js';
import { Board } from './board.js';
import { builtLoader } from './built-loader.js';
import { type Config, readConfig } from './config.js';
import { openDoor } from './door.js';
import { Energy, Rapl } from './energy.js';
import { PowerAgentError } from './errors.js';
import { Knocks } from './knocks.js';
import { listeningPorts } from './listening.js';
import { createMetrics } from './metrics.js';
import { ClusterView } from './nodes/cluster-view.js';
import { NodeKeeper } from './nodes/node-keeper.js';
import { suspendBy } from './nodes/suspend.js';
import { ownAddresses, ownInterfaces, sendMagicPacket } from './nodes/wake-on-lan.js';
import { openProbe } from './probe.js';
import { Reporter } from './reporter.js';

/** For the ledger, before the node suspends or the agent ends. */
const LAST_WORD_MS = 2_000;
const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());

try {
  await serve(readConfig(), stop.signal);
} catch (error) {
  if (!stop.signal.aborted) {
    const told = error instanceof PowerAgentError ? `${error.code}: ${error.message} ${error.next}` : error;
    process.stderr.write(`${told}\n`);
    process.exitCode = 1;
  }
}

async function serve(config: Config, signal: AbortSignal): Promise<void> {
  const log = pino({ level: config.TWIN_LOG_LEVEL });
  const now = Date.now;
  const node = config.TWIN_NODE;
  const consul = new Consul(consulFromEnv(process.env));
  const nomad = new Nomad(nomadFromEnv(process.env));
  const sleeper = new Sleeper({ nomad, consul, now });
  const energy = new Energy(
    node,
    {
      working: config.POWER_WATTS_WORKING,
      idle: config.POWER_WATTS_IDLE,
      suspended: config.POWER_WATTS_SUSPENDED,
    },
    now(),
  );
  const metrics = createMetrics(() => energy.draws);
  const kept = await consul.kv.get(energyKey(node), { signal }).catch(() => undefined);
  energy.restore(kept?.value ?? '');
  // Best effort: what is not kept is counted from the last time that it was.
  const keepLedger = async (): Promise<void> => {
    const soon = AbortSignal.timeout(LAST_WORD_MS);
    await consul.kv
      .put(energyKey(node), energy.text(), { signal: soon })
      .catch((error: Error) => log.debug(error.message));
  };
  const { POWER_INTERFACES: interfaces } = config;
  const probe = await openProbe(
    {
      tickMs: config.POWER_TICK_MS,
      clusterNetworks: config.POWER_CLUSTER_NETWORKS,
      wakeClasses: config.POWER_WAKE_CLASSES,
      probes: config.POWER_PROBES,
      ...(interfaces.length > 0 ? { interfaces } : {}),
      loader: (until) => builtLoader(config, until),
      clock: realClock,
    },
    signal,
  );
  const actions = new Actions({ sleeper, nomad, consul, clock: realClock, node });
  const board = new Board();
  const keeper = new NodeKeeper({
    ...{ node, board, consul, now, log, clock: realClock, interfaces: ownInterfaces, send: sendMagicPacket },
    rules: {
      minOnMs: config.POWER_NODE_MIN_ON_SECONDS * 1000,
      minOffMs: config.POWER_NODE_MIN_OFF_SECONDS * 1000,
      sleepsPerHour: config.POWER_NODE_SLEEPS_PER_HOUR,
    },
    cluster: new ClusterView(consul, nomad),
    suspend: config.POWER_NODE_SLEEP === 'off' ? undefined : suspendBy(config.POWER_NODE_SLEEP, realClock),
    onSuspend: (asleep) => {
      energy.suspend(asleep, now());
      return asleep ? keepLedger() : undefined;
    },
  });
  const agent = new PowerAgent({
    ...{ config, probe, board, actions, consul, energy, meter: new Rapl(), metrics, now, log },
    listening: listeningPorts,
    knocks: new Knocks(ownAddresses, realClock.now()),
    clock: realClock,
  });
  const { source, words } = probe;
  try {
    const door = await openDoor(
      { host: config.POWER_HOST, port: config.POWER_PORT },
      {
        metrics: async () => ({ text: await metrics.text(), contentType: metrics.contentType }),
        health: () => ({
          ok: true,
          node,
          source,
          sees: agent.sees(),
          words,
          services: agent.verdicts(),
          nodes: keeper.verdicts(),
        }),
      },
    );
    log.info({ node, source, port: door.port }, words);
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    const reporter = new Reporter({ config, agent, probe, board, energy, kv: consul.kv, clock: realClock, now });
    const beside = [reporter.run(until), keeper.run(until)];
    try {
      await agent.run(signal);
    } finally {
      over.abort();
      await Promise.all([...beside, door.close()]);
    }
  } finally {
    await keepLedger();
    await probe.close();
    await sleeper.close();
    await Promise.allSettled([consul.close(), nomad.close()]);
  }
}
