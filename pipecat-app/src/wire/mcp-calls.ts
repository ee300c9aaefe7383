/** A call that runs, and who made it. Ids of JSON-RPC are unique only within one client. */
type Running = { owner: string; id: string | number; abort: AbortController };

/**
 * Calls that run now, so that a `notifications/cancelled` of its own request reaches the call of another one. Clients
 * count their ids alike, so a cancellation that could mean several calls ends none of them.
 */
export class McpCalls {
  readonly #running = new Set<Running>();

  /** Returns the signal of this call and what to do when it has ended. */
  begin(owner: string, id: string | number, outer: readonly AbortSignal[]): { signal: AbortSignal; end: () => void } {
    const running = { owner, id, abort: new AbortController() };
    this.#running.add(running);
    return {
      signal: AbortSignal.any([running.abort.signal, ...outer]),
      end: () => void this.#running.delete(running),
    };
  }

  /** True when a call was ended. */
  cancel(owner: string, id: string | number): boolean {
    const meant = [...this.#running].filter((each) => each.owner === owner && each.id === id);
    if (meant.length !== 1) return false;
    meant[0]?.abort.abort();
    return true;
  }

  get size(): number {
    return this.#running.size;
  }
}
