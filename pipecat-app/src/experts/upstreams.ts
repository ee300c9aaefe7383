import type { ChatEvent, Dialect } from './dialects/dialect.js';
import type { Instance } from './expert.js';
import type { ExpertRequest } from './gateway.js';
import type { LiveState } from './live-state.js';
import type { Llm } from './llm.js';
import type { Upstream } from './stream.js';

/** Silence before the first word of a server that does not say how far it is, in ms. */
const UNTOLD_WAIT_MS = 30_000;

/** One server as somebody who can answer `request`; what it shows is noted in `live`. */
export function instanceUpstream(
  { id, endpoint }: Instance,
  dialect: Dialect,
  live: LiveState,
  request: ExpertRequest,
): Upstream {
  const { messages, stop, persona, temperature, tools } = request;
  const { busy } = dialect;
  return {
    id,
    seam: dialect.seam,
    rhythm: live.rhythm,
    waitingMs: busy ? 0 : UNTOLD_WAIT_MS,
    ...(busy
      ? {
          busy: async (signal: AbortSignal) =>
            (live.queue > 1 && live.works) || (await busy.call(dialect, endpoint, signal)),
        }
      : {}),
    async *open({ partial, maxTokens }, signal): AsyncGenerator<ChatEvent, void> {
      const slot = freeSlot(live, persona);
      live.queue++;
      if (slot !== undefined) live.busySlots.add(slot);
      try {
        const asked = {
          messages,
          maxTokens,
          partial,
          ...(stop ? { stop } : {}),
          ...(tools ? { tools } : {}),
          ...(temperature === undefined ? {} : { temperature }),
          ...(slot === undefined ? {} : { slot }),
        };
        for await (const event of dialect.chat(endpoint, asked, signal)) {
          live.heard();
          if ('stats' in event) live.answered(persona ?? '', event.stats);
          yield event;
        }
      } finally {
        live.queue--;
        if (slot !== undefined) live.busySlots.delete(slot);
      }
    },
  };
}

/** The model that is always there; nobody is behind it, so it is given all the time there is. */
export function baseUpstream(id: string, llm: Llm, request: ExpertRequest): Upstream {
  const { messages, stop, tools } = request;
  return {
    id,
    seam: llm.seam,
    waitingMs: 0,
    async *open({ partial, maxTokens }, signal): AsyncGenerator<ChatEvent, void> {
      const asked = { messages, maxTokens, partial, ...(stop ? { stop } : {}), ...(tools ? { tools } : {}) };
      for await (const piece of llm.stream(asked, signal)) yield typeof piece === 'string' ? { text: piece } : piece;
      const stats = llm.lastAnswer();
      if (stats) yield { stats };
    },
  };
}

/** The persona's slot, unless it answers already: the request would wait for it although other slots are free. */
function freeSlot(live: LiveState, persona: string | undefined): number | undefined {
  const slot = persona === undefined ? undefined : live.pins?.slotFor(persona);
  return slot === undefined || live.busySlots.has(slot) ? undefined : slot;
}
