import type { Consul } from '@twin/hashi/consul.js';
import { POWER_PREFIX } from '@twin/hashi/power/power-kv.js';
import { POWER_HISTORIES, POWER_REPORTS } from '@twin/hashi/power/power-report.js';
import { type TwinError, toPublicError } from '../errors.js';
import type { Clock } from '../experts/clock.js';
import type { ExpertView } from '../server/cluster-protocol.js';
import type { PowerAnswer } from '../server/power-protocol.js';
import { GET_ONE, shown } from './failure.js';
import { followed } from './followed.js';
import { Fresh } from './fresh.js';
import { DAY_MS, powerView } from './power-view.js';

export type PowerBoardParts = {
  /** Left out where there is no cluster. */
  kv?: (() => Promise<Pick<Consul['kv'], 'list'>>) | undefined;
  experts: () => Promise<{ experts: readonly ExpertView[] }>;
  clock: Clock;
  /** Wall clock, ms since 1970. */
  now: () => number;
};

/** Consul is asked once within it, for everybody who looks, in ms. */
const FRESH_MS = 900;
const LOOK_MS = 1_000;

const NO_AGENT =
  'No power agent tells anything, so nothing sleeps by itself. Run one on every node: `nomad job run jobs/power-agent.nomad.hcl`.';

/** Who is awake and who sleeps, and since when, for all who look. */
export class PowerBoard {
  readonly #parts: PowerBoardParts;
  readonly #fresh: Fresh<PowerAnswer>;

  constructor(parts: PowerBoardParts) {
    this.#parts = parts;
    this.#fresh = new Fresh(
      () => this.#ask(),
      FRESH_MS,
      () => parts.clock.now(),
    );
  }

  /** How it is now. A Consul that does not answer is told in words. */
  look(): Promise<PowerAnswer> {
    return this.#fresh.get();
  }

  /** The next look asks Consul again. */
  changed(): void {
    this.#fresh.forget();
  }

  /** How it is, again whenever it is otherwise, and every 10 s, until `signal` aborts. */
  follow(signal: AbortSignal): AsyncGenerator<PowerAnswer, void> {
    const stable = (answer: PowerAnswer): unknown => ({
      ...{ ...answer, from: 0, to: 0 },
      services: answer.services.map(still),
      nodes: answer.nodes.map(still),
    });
    return followed(() => this.look(), this.#parts.clock, signal, { everyMs: LOOK_MS, stable });
  }

  async #ask(): Promise<PowerAnswer> {
    const { kv, experts, now } = this.#parts;
    const to = now();
    const empty = { agents: 0, from: to - DAY_MS, to, services: [], nodes: [] };
    if (kv === undefined) return { consul: 'off', words: `There is no cluster yet. ${GET_ONE}`, ...empty };
    try {
      const store = await kv();
      const [power, reports, histories, known] = await Promise.all([
        store.list(POWER_PREFIX),
        store.list(POWER_REPORTS),
        store.list(POWER_HISTORIES),
        experts(),
      ]);
      const view = powerView({ power, reports, histories, experts: known.experts, now: to });
      return { ...empty, consul: 'ok', words: view.agents === 0 ? NO_AGENT : '', ...view };
    } catch (error) {
      const { message, next } = toPublicError(shown(error) as TwinError);
      return { consul: 'failed', words: `${message} ${next}`.trim(), ...empty };
    }
  }
}

/** Without the end of the last span, which is always now. */
const still = <T extends { spans: readonly { to: number }[] }>({ spans, ...rest }: T) => ({
  ...rest,
  spans: spans.map((span, i) => (i === spans.length - 1 ? { ...span, to: 0 } : span)),
});
