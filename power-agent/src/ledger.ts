/** Watts of a node by its state, where nothing measures them. */
export type DeclaredWatts = { working: number; idle: number; suspended: number };

/** What a node draws from now on. */
export type Draw = {
  watts: number;
  /** Services that are awake on it; they share what it draws. */
  services: readonly string[];
};

/** Energy since the ledger was opened, in watt-hours. Whatever no service shares is in `idle`. */
export type Ledger = {
  /** Up to when it is counted, ms. */
  at: number;
  draws: ReadonlyMap<string, Draw>;
  nodes: ReadonlyMap<string, number>;
  services: ReadonlyMap<string, number>;
  idle: number;
  /** Answers of each service. */
  answers: ReadonlyMap<string, number>;
};

const HOUR_MS = 3_600_000;

export const openLedger = (at: number): Ledger => ({
  at,
  draws: new Map(),
  nodes: new Map(),
  services: new Map(),
  idle: 0,
  answers: new Map(),
});

/** Counts what the nodes have drawn until `at`. A clock that goes back counts nothing. */
export function advance(ledger: Ledger, at: number): Ledger {
  const hours = Math.max(0, at - ledger.at) / HOUR_MS;
  const nodes = new Map(ledger.nodes);
  const services = new Map(ledger.services);
  let { idle } = ledger;
  for (const [node, draw] of ledger.draws) {
    const energy = draw.watts * hours;
    add(nodes, node, energy);
    if (draw.services.length === 0) idle += energy;
    for (const service of draw.services) add(services, service, energy / draw.services.length);
  }
  return { ...ledger, at: Math.max(at, ledger.at), nodes, services, idle };
}

/** From `at` on a node draws something else. */
export function drawOf(ledger: Ledger, node: string, draw: Draw, at: number): Ledger {
  const advanced = advance(ledger, at);
  return { ...advanced, draws: new Map(advanced.draws).set(node, draw) };
}

export function answered(ledger: Ledger, service: string, count = 1): Ledger {
  const answers = new Map(ledger.answers);
  add(answers, service, count);
  return { ...ledger, answers };
}

/** Watt-hours of all nodes. */
export const total = ({ nodes }: Ledger): number => [...nodes.values()].reduce((sum, energy) => sum + energy, 0);

/** Watt-hours of one answer of a service, all its time awake included; undefined before the first. */
export function perAnswer({ services, answers }: Ledger, service: string): number | undefined {
  const count = answers.get(service) ?? 0;
  return count === 0 ? undefined : (services.get(service) ?? 0) / count;
}

function add(map: Map<string, number>, key: string, more: number): void {
  map.set(key, (map.get(key) ?? 0) + more);
}
