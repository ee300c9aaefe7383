import type { Board } from './board.js';
import type { PortMode } from './probe.js';

/**
 * The ports of this node to look at: those of instances are counted; those of services that slept here are held, as long as
 * nobody listens on them. A port that another service has taken meanwhile is its own.
 */
export function aims(
  board: Pick<Board, 'names' | 'instances' | 'entry'>,
  node: string,
  listening: ReadonlySet<number>,
): Map<number, PortMode> {
  const modes = new Map<number, PortMode>();
  for (const service of board.names()) {
    const { state } = board.entry(service);
    if (state !== undefined && state.state !== 'awake' && !state.stopping && sleptOn(state.nodes, node))
      for (const port of state.ports) if (!listening.has(port)) modes.set(port, 'hold');
  }
  for (const service of board.names())
    for (const instance of board.instances(service)) if (instance.node === node) modes.set(instance.port, 'watch');
  return modes;
}

/** Where the key does not say on which nodes it ran, it may have been this one. */
export const sleptOn = (nodes: readonly string[], node: string): boolean => nodes.length === 0 || nodes.includes(node);
