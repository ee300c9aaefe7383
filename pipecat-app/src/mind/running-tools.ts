import { type Clock, monotonicClock } from '../experts/clock.js';
import type { ToolRegistry } from '../tools/registry.js';
import type { Controls, ToolResult } from '../tools/tool.js';

/** What a turn is told while a tool runs; `result` or `later` (its result will be announced) comes last. */
export type ToolNews = { filler: string } | { result: ToolResult } | { later: string };

/** A tool that lasts longer is bridged with words, in ms. */
const FILLER_MS = 800;
/** A turn waits no longer than this, in ms. */
const TURN_MS = 45_000;
/** How long the result of an interrupted call is kept for the same question, in ms. */
const KEEP_MS = 60_000;
/** Longest announcement of a result, in characters. */
const LONGEST = 400;
const FILLERS = ['One moment. ', 'Just a moment. ', 'Let me see. ', 'I am on it. '];
const LATER = 'This takes longer. I will tell you when it is done.';

/** Told of the result of a call whose session has ended, in words. */
export type LateResult = (session: string, words: string) => void;

/** `attended`: a turn waits for it. `promised`: a person knows of it, so that its result is said in any case. */
type Call = {
  id: string;
  controls: Controls;
  reads: boolean;
  attended: boolean;
  promised: boolean;
  ended: Promise<ToolResult>;
  stop: AbortController;
  /** The session has ended. */
  gone: boolean;
  expire: () => void;
};

/**
 * Calls of tools, which a turn starts and which may outlive it: a barge-in tears nothing. Each result is delivered once:
 * to the turn that waits for it, or as an announcement, or to the same question asked again.
 */
export class RunningTools {
  readonly #calls = new Map<string, Call>();
  readonly #fillers = new Map<string, number>();
  readonly #working = new Set<Promise<ToolResult>>();

  constructor(
    private readonly registry: ToolRegistry,
    private readonly clock: Clock = monotonicClock,
    private readonly late: LateResult = () => {},
  ) {}

  /** Calls that run. */
  get running(): number {
    return this.#working.size;
  }

  /**
   * Runs a call, or joins the same one of this session that still runs or that nobody has heard the result of.
   * @throws AbortError when `signal` aborts; the call goes on.
   */
  async *run(
    tool: string,
    args: Record<string, unknown>,
    controls: Controls,
    signal: AbortSignal,
  ): AsyncGenerator<ToolNews, void> {
    signal.throwIfAborted();
    const call = this.#calls.get(idOf(controls.session, tool, args)) ?? this.#start(tool, args, controls);
    call.expire();
    call.attended = true;
    try {
      let news = await this.#first(call, FILLER_MS, signal);
      if (news === 'late') {
        call.promised = true;
        yield { filler: this.#filler(controls.session) };
        news = await this.#first(call, TURN_MS, signal);
      }
      if (news === 'late') yield { later: LATER };
      else {
        this.#calls.delete(call.id);
        yield { result: news };
      }
    } finally {
      if (this.#calls.get(call.id) === call) this.#leave(call);
    }
  }

  /** The session has ended: what only reads for it is stopped, the result of what changes something is for others to hear. */
  forget(session: string): void {
    this.#fillers.delete(session);
    for (const call of this.#calls.values()) {
      if (call.controls.session !== session) continue;
      if (call.reads) this.#drop(call, true);
      else call.gone = true;
    }
  }

  /** Stops everything and waits until nothing runs. */
  async close(): Promise<void> {
    for (const call of this.#calls.values()) this.#drop(call, true);
    await Promise.allSettled(this.#working);
  }

  #start(tool: string, args: Record<string, unknown>, controls: Controls): Call {
    const stop = new AbortController();
    const ended = this.registry
      .call(tool, args, controls, stop.signal)
      .catch((): ToolResult => ({ ok: false, output: 'It was stopped.', error: 'TWIN_TOOL_ABORTED' }));
    this.#working.add(ended);
    void ended.then(() => this.#working.delete(ended));
    const reads = this.registry.risk(tool) === 'read';
    const id = idOf(controls.session, tool, args);
    const call: Call = {
      id,
      controls,
      reads,
      attended: true,
      promised: false,
      ended,
      stop,
      gone: false,
      expire: () => {},
    };
    this.#calls.set(id, call);
    return call;
  }

  /** The turn has gone. What changes something is told in any case, because the person did not hear what came of it. */
  #leave(call: Call): void {
    call.attended = false;
    if (!call.reads) call.promised = true;
    void call.ended.then(({ output }) => {
      if (this.#calls.get(call.id) !== call || call.attended) return;
      if (!call.promised) {
        call.expire();
        call.expire = this.clock.after(KEEP_MS, () => this.#drop(call, false));
        return;
      }
      this.#calls.delete(call.id);
      const words = output.trim();
      if (words === '') return;
      const short = words.length > LONGEST ? `${words.slice(0, LONGEST)} …` : words;
      if (call.gone) this.late(call.controls.session, short);
      else call.controls.announce(short);
    });
  }

  #drop(call: Call, stop: boolean): void {
    call.expire();
    if (this.#calls.get(call.id) === call) this.#calls.delete(call.id);
    if (stop) call.stop.abort();
  }

  /** Another one than the last time, the same in every rehearsal. */
  #filler(session: string): string {
    const count = this.#fillers.get(session) ?? 0;
    this.#fillers.set(session, count + 1);
    return FILLERS[count % FILLERS.length] ?? '';
  }

  /** The result, or `late` when it takes longer than `ms`. @throws the reason of `signal`. */
  async #first(call: Call, ms: number, signal: AbortSignal): Promise<ToolResult | 'late'> {
    let settle = (): void => {};
    const other = new Promise<'late'>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      if (signal.aborted) return onAbort();
      const cancel = this.clock.after(ms, () => resolve('late'));
      signal.addEventListener('abort', onAbort, { once: true });
      settle = () => {
        cancel();
        signal.removeEventListener('abort', onAbort);
      };
    });
    try {
      return await Promise.race([other, call.ended]);
    } finally {
      settle();
    }
  }
}

/** The same call of the same session has the same id, however its arguments are ordered. */
const idOf = (session: string, tool: string, args: Record<string, unknown>): string =>
  JSON.stringify([session, tool, Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1))]);
