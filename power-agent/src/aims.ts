import type { Board } from './board.js';
import type { PortMode } from './probe-event.js';

/** An instance that was told to stop listens no longer than this. */
const LAST_WORDS_MS = 120_000;

/**
 * The ports of one node to look at: those of instances are counted; those of services that slept here are held, from the
 * moment they are drained, so that nobody finds a port on which nobody listens any more. A port that another service has taken
 * meanwhile is its own.
 */
export class Aims {
  readonly #board: Pick<Board, 'names' | 'instances' | 'entry'>;
  readonly #node: string;
  /** Ports of sleeping services on which nobody listened since. */
  #free = new Set<number>();

  constructor(board: Pick<Board, 'names' | 'instances' | 'entry'>, node: string) {
    this.#board = board;
    this.#node = node;
  }

  /**
   * @param listening ports on which somebody listens now
   * @param now ms since 1970
   */
  take(listening: ReadonlySet<number>, now: number): Map<number, PortMode> {
    const modes = new Map<number, PortMode>();
    const free = new Set<number>();
    for (const service of this.#board.names()) {
      const { state } = this.#board.entry(service);
      // Until it is drained it answers as ever, its checks too.
      const asleep = state?.state === 'asleep' && !(state.stopping && !state.drained);
      for (const { node, port } of this.#board.instances(service))
        if (node === this.#node && !asleep) modes.set(port, 'watch');
      if (state === undefined || state.state === 'awake' || !sleptOn(state.nodes, this.#node)) continue;
      if (state.state === 'asleep' && !asleep) continue;
      for (const port of state.ports) {
        if (!listening.has(port) || this.#free.has(port)) free.add(port);
        const stops = asleep && !free.has(port) && now - state.at < LAST_WORDS_MS;
        if (!listening.has(port) || stops) modes.set(port, 'hold');
      }
    }
    this.#free = free;
    return modes;
  }
}

/** Where the key does not say on which nodes it ran, it may have been this one. */
export const sleptOn = (nodes: readonly string[], node: string): boolean => nodes.length === 0 || nodes.includes(node);
