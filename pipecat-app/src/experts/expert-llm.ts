import { TwinError } from '../errors.js';
import type { Catalogue } from './catalogue.js';
import { type Candidate, type Choice, choose } from './choose.js';
import type { Clock } from './clock.js';
import type { Dialects } from './dialects/dialects.js';
import type { Instance } from './expert.js';
import type { ExpertRequest, Gateway, GatewayEvent, Route } from './gateway.js';
import { LiveState } from './live-state.js';
import type { Llm, LlmHealth, LlmPiece, LlmRequest, LlmStats, Message } from './llm.js';
import type { Guess } from './routing/classifier.js';
import { MAIN, type Wanted, wantedFor } from './routing/wanted.js';
import { failover, type Lost, type Upstream } from './stream.js';
import { baseUpstream, instanceUpstream } from './upstreams.js';
import { untilAwake, type Waker } from './wake.js';

export type ExpertLlmParts = {
  catalogue: Catalogue;
  dialects: Dialects;
  /** Who answers when no expert can. `embedded`: it is the small model inside the agent. */
  base: { llm: Llm; embedded: boolean };
  classify: (text: string) => readonly Guess[];
  clock: Clock;
  /** Left out where nothing sleeps. */
  waker?: Waker;
  /** Longest wait for a woken expert, in ms. */
  wakePatienceMs: number;
};

/** While an expert sleeps nobody knows its servers; one of this name sees. */
const EYES = 'vision';
const BASE = 'base';
const ASLEEP = 'asleep:';
type Seer = Candidate & { sees: boolean };
const sees = ({ vision }: Instance): boolean => vision;

/** All experts as one language model: chooses, wakes, watches, goes on elsewhere, and falls back to the base model. */
export class ExpertLlm implements Llm, Gateway {
  readonly seam = 'loose';
  readonly #parts: ExpertLlmParts;
  readonly #live = new Map<string, LiveState>();
  readonly #stop = new AbortController();
  readonly #asking = new Set<Promise<void>>();
  /** Which slots personas had of each expert's last server. */
  readonly #pinned = new Map<string, ReadonlyMap<string, number>>();
  readonly #unlisten: () => void;
  #last: LlmStats | undefined;

  constructor(parts: ExpertLlmParts) {
    this.#parts = parts;
    this.#unlisten = parts.catalogue.onChange(() => this.#forgetGone());
  }

  get model(): string {
    return this.#parts.base.llm.model;
  }

  names(): readonly string[] {
    return [...new Set([MAIN, ...this.#parts.catalogue.experts().map(({ name }) => name)])];
  }

  seeing(): { experts: readonly string[]; outside: readonly string[] } {
    const named = this.#parts.catalogue
      .experts()
      .filter(({ name, state, instances }) => instances.some(sees) || (name === EYES && state === 'asleep'));
    const outside = named.flatMap(({ instances }) => instances.filter((one) => sees(one) && one.external));
    return { experts: named.map(({ name }) => name), outside: outside.map(({ node }) => node) };
  }

  personaOf(expert: string): string {
    return this.#parts.catalogue.find(expert)?.persona ?? expert;
  }

  wanted(question: string): Wanted {
    return wantedFor(question, this.names(), this.#parts.classify);
  }

  /** The base model is made ready here; experts are followed from when the catalogue is started. */
  start(signal: AbortSignal): Promise<void> {
    return this.#parts.base.llm.start(signal);
  }

  prepare(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    return this.#parts.base.llm.prepare(messages, signal);
  }

  async *stream(request: LlmRequest, signal: AbortSignal): AsyncGenerator<LlmPiece, void> {
    const wanted = { expert: MAIN, confidence: 1, named: false };
    for await (const event of this.answer({ ...request, wanted }, signal)) {
      if ('text' in event) yield event.text;
      else if ('call' in event) yield event;
    }
  }

  async *answer(request: ExpertRequest, signal: AbortSignal): AsyncGenerator<GatewayEvent, void> {
    const tried = new Set<string>();
    const { maxTokens, wanted } = request;
    const next = (lost: Lost | undefined, its: AbortSignal) => this.#next(request, tried, lost, its);
    for await (const event of failover<Route>({ maxTokens, clock: this.#parts.clock, next }, signal)) {
      if ('text' in event || 'call' in event) yield event;
      else if ('note' in event) yield { route: event.note };
      else if ('lost' in event) yield { route: this.#routeOfLost(wanted, event.lost) };
      else {
        this.#last = event.stats;
        yield { stats: event.stats };
      }
    }
  }

  lastAnswer(): LlmStats | undefined {
    return this.#last;
  }

  health(): LlmHealth {
    const awake = this.#parts.catalogue.experts().filter((expert) => expert.state === 'awake');
    if (awake.length === 0) return this.#parts.base.llm.health();
    return { ok: true, detail: `Experts: ${awake.map(({ name }) => name).join(', ')}.` };
  }

  /** What is known of a server, for the status; undefined before it was asked. */
  live(instance: string): LiveState | undefined {
    return this.#live.get(instance);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#unlisten();
    await Promise.all(this.#asking);
    await Promise.all([this.#parts.base.llm.close(), this.#parts.dialects.close()]);
  }

  /** Whom to ask: ranked anew each time, because servers come, go and are woken meanwhile. Nobody is asked twice. */
  async *#next(
    request: ExpertRequest,
    tried: Set<string>,
    lost: Lost | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<{ upstream: Upstream } | { note: Route }, void> {
    if (lost && lost.upstream.id !== BASE) this.#of(lost.upstream.id).failed();
    for (;;) {
      const shown = request.messages.some(({ images = [] }) => images.length > 0);
      const candidates = this.#candidates(request.persona ?? '').filter(
        ({ id, sees }) => !tried.has(id) && (sees || !shown),
      );
      const [best] = choose(request.wanted, candidates);
      if (best === undefined) return;
      tried.add(best.candidate.id);
      yield { note: this.#routeOf(request.wanted, best) };
      if (best.candidate.asleep) await this.#wake(best.candidate.expert, signal);
      else {
        const upstream = this.#upstream(best.candidate.id, request);
        if (upstream) return yield { upstream };
      }
    }
  }

  #candidates(persona: string): Seer[] {
    const { catalogue, base, waker } = this.#parts;
    const found: Seer[] = [];
    const plain = { asleep: false, wakeMs: 0, degraded: false, embedded: false, queue: 0, warm: 0 };
    for (const { name, state, instances } of catalogue.experts()) {
      for (const one of instances) {
        const live = this.#of(one.id);
        found.push({
          ...plain,
          id: one.id,
          expert: name,
          health: one.healthy && !live.resting ? 'healthy' : 'unhealthy',
          degraded: one.degraded,
          queue: live.queue,
          tokensPerSecond: live.tokensPerSecond,
          warm: live.warm(persona),
          sees: sees(one),
        });
      }
      if (state !== 'asleep' || !waker) continue;
      const wakeMs = waker.takesMs(name);
      found.push({
        ...plain,
        id: ASLEEP + name,
        expert: name,
        health: 'healthy',
        asleep: true,
        wakeMs,
        tokensPerSecond: undefined,
        sees: name === EYES,
      });
    }
    found.push({
      ...plain,
      id: BASE,
      expert: MAIN,
      health: base.llm.health().ok ? 'healthy' : 'unhealthy',
      embedded: base.embedded,
      tokensPerSecond: base.llm.lastAnswer()?.tokensPerSecond,
      warm: 1,
      sees: false,
    });
    return found;
  }

  #upstream(id: string, request: ExpertRequest): Upstream | undefined {
    if (id === BASE) return baseUpstream(BASE, this.#parts.base.llm, request);
    const instance = this.#instance(id);
    if (instance === undefined) return undefined;
    const live = this.#of(id);
    this.#learnSlots(instance, live);
    return instanceUpstream(instance, this.#parts.dialects.of(instance.endpoint), live, request);
  }

  /** A failure to wake is no end: somebody else is asked then. */
  async #wake(expert: string, signal: AbortSignal): Promise<void> {
    const { waker, catalogue, clock, wakePatienceMs: patienceMs } = this.#parts;
    try {
      const began = clock.now();
      await waker?.wake(expert, signal);
      await untilAwake(expert, catalogue, { clock, patienceMs }, signal);
      waker?.took(expert, clock.now() - began);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof TwinError)) throw error;
    }
  }

  /** Asks a server once how many conversations it keeps, beside the answer that is under way. */
  #learnSlots({ endpoint, expert }: Instance, live: LiveState): void {
    if (endpoint.dialect !== 'llama' || live.slotsAsked) return;
    live.slotsAsked = true;
    const asking = this.#parts.dialects.llama.slots(endpoint, this.#stop.signal).then(
      (slots) => {
        live.hasSlots(slots, this.#pinned.get(expert));
        if (live.pins) this.#pinned.set(expert, live.pins.pinned());
      },
      () => {
        live.slotsAsked = false;
      },
    );
    this.#asking.add(asking);
    void asking.finally(() => this.#asking.delete(asking));
  }

  #routeOf({ expert: wanted }: Wanted, { candidate, why }: Choice): Route {
    const step = candidate.asleep ? 'waking' : 'chosen';
    const waking = candidate.asleep ? { wakeMs: candidate.wakeMs } : {};
    return { step, wanted, expert: candidate.expert, ...this.#place(candidate.id), why, ...waking };
  }

  #routeOfLost({ expert: wanted }: Wanted, { upstream, error }: Lost): Route {
    const expert = this.#instance(upstream.id)?.expert ?? MAIN;
    return { step: 'lost', wanted, expert, ...this.#place(upstream.id), why: error.message };
  }

  #place(id: string): { model: string; node: string } {
    if (id === BASE) return { model: this.model, node: 'here' };
    const { model = '', node = '' } = this.#instance(id) ?? {};
    return { model, node };
  }

  #instance(id: string): Instance | undefined {
    for (const { instances } of this.#parts.catalogue.experts()) {
      const found = instances.find((one) => one.id === id);
      if (found) return found;
    }
    return undefined;
  }

  #of(id: string): LiveState {
    let live = this.#live.get(id);
    if (live === undefined) {
      live = new LiveState(this.#parts.clock);
      this.#live.set(id, live);
    }
    return live;
  }

  #forgetGone(): void {
    for (const id of this.#live.keys()) if (this.#instance(id) === undefined) this.#live.delete(id);
  }
}
