import { randomBytes } from 'node:crypto';
import { BootBoard } from './cluster/boot-board.js';
import { Cluster } from './cluster/cluster.js';
import { PowerBoard } from './cluster/power-board.js';
import { thisMachine } from './cluster/this-machine.js';
import type { Config } from './config.js';
import { Conversation } from './conversation.js';
import { TwinError } from './errors.js';
import { monotonicClock } from './experts/clock.js';
import type { Gateway } from './experts/gateway.js';
import type { LongTermMemory } from './memory/long-term.js';
import type { Log } from './observe/log.js';
import type { Metrics } from './observe/metrics.js';
import { type TurnLog, withoutSpeech } from './observe/turns.js';
import { type Part, Parts } from './parts.js';
import type { Prompts } from './prompt-parts.js';
import type { AgentState, Health, ServerEventData, ServerEventType, TurnRecord } from './server/protocol.js';
import type { Approvals } from './tools/approval/approvals.js';
import type { AuditLog } from './tools/approval/audit-log.js';
import type { McpServersView } from './tools/mcp-servers/view.js';
import type { ToolRegistry } from './tools/registry.js';
import type { Engines, Session, SessionCaller, SessionDefaults, SessionOut } from './voice/session.types.js';

const MAX_SESSIONS = 64;
/** How long turns may go on after the agent was told to stop. */
const DRAIN_MS = 5000;

/** What a session is made of, besides what all sessions share. */
export type SessionRequest = {
  id: string;
  audible: boolean;
  caller: SessionCaller;
  out: SessionOut;
  onTurn: (record: TurnRecord) => void;
};
/** `attended`: somebody is there all the time, as on a socket, and not only for single requests. */
export type SessionWish = SessionCaller & { audible: boolean; attended?: boolean };
export type Expert = Health['experts'][number];

export type AgentSetup = {
  config: Config;
  version: string;
  engines: Engines;
  parts: readonly Part[];
  /** The language models that answer open questions. */
  experts: () => Expert[];
  /** The way to experts of the cluster and outside; left out in tests. */
  gateway?: Gateway;
  /** Whether Consul is asked, and answers. */
  consul?: () => Health['consul'];
  /** Left out: the agent belongs to no cluster. */
  cluster?: Cluster;
  /** Left out: nothing of it may sleep. */
  power?: PowerBoard;
  /** Left out: no machine boots from its network. */
  boot?: BootBoard;
  /** Left out: the doors show and call no tools. */
  tools?: ToolRegistry;
  /** The MCP servers whose tools are among them; left out in tests. */
  mcpServers?: () => McpServersView;
  /** What is remembered beyond a conversation; left out in tests. */
  memory?: LongTermMemory;
  /** The prompts as people edit them; left out in tests. */
  prompts?: Prompts;
  /** Told what was said in each turn that has ended; returns at once. */
  learn?: (said: string) => void;
  defaults: SessionDefaults;
  makeSession: (request: SessionRequest) => Session;
  /** Told of each session that somebody listens to, so that a timer can speak there; returns what to call at its end. */
  attend?: (session: Session) => () => void;
  /** Left out, nobody is asked for consent. */
  approvals?: Approvals;
  audit?: AuditLog;
  log: Log;
  metrics: Metrics;
  turns: TurnLog;
  /** What was said lately; left out, it ends with the agent. */
  conversation?: Conversation;
};

export type OpenSession = { id: string; audible: boolean; since: string; state: AgentState };
/** Hears every event of every session. */
export type Listener = <T extends ServerEventType>(session: string, type: T, data: ServerEventData[T]) => void;

/** The parts of the agent as one value: what every door works on. */
export class Agent {
  readonly config: Config;
  readonly version: string;
  readonly engines: Engines;
  readonly gateway: Gateway | undefined;
  readonly cluster: Cluster;
  readonly power: PowerBoard;
  readonly boot: BootBoard;
  readonly approvals: Approvals | undefined;
  readonly audit: AuditLog | undefined;
  readonly tools: ToolRegistry | undefined;
  readonly mcpServers: (() => McpServersView) | undefined;
  readonly memory: LongTermMemory | undefined;
  readonly prompts: Prompts | undefined;
  readonly defaults: SessionDefaults;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly conversation: Conversation;
  readonly #setup: AgentSetup;
  readonly #parts: Parts;
  readonly #sessions = new Map<string, OpenSession & { session: Session; leave: () => void }>();
  readonly #ending = new Set<Promise<void>>();
  readonly #listeners = new Set<Listener>();
  #closing = false;
  #onIdle: (() => void) | undefined;

  constructor(setup: AgentSetup) {
    this.#setup = setup;
    this.#parts = new Parts(setup.parts);
    this.conversation = setup.conversation ?? new Conversation();
    ({ config: this.config, version: this.version, engines: this.engines } = setup);
    this.gateway = setup.gateway;
    ({ approvals: this.approvals, audit: this.audit } = setup);
    this.approvals?.listen((type, data) => {
      for (const listener of this.#listeners) listener(data.session, type, data);
    });
    this.cluster = setup.cluster ?? alone();
    this.power = setup.power ?? nothingSleeps();
    this.boot = setup.boot ?? new BootBoard({ clock: monotonicClock, now: Date.now });
    ({ tools: this.tools, mcpServers: this.mcpServers } = setup);
    this.memory = setup.memory;
    this.prompts = setup.prompts;
    ({ defaults: this.defaults, log: this.log, metrics: this.metrics } = setup);
  }

  /** Begins to start every part and returns at once; `health()` tells how far they are. */
  start(): void {
    this.#parts.start((part, error) => this.log.error({ part, err: error }, 'a part did not start'));
  }

  health(): Health {
    const parts = this.#parts.status();
    const core = parts.filter((part) => part.core);
    const experts = this.#setup.experts();
    const status = core.some((part) => part.state === 'failed')
      ? 'failed'
      : core.some((part) => part.state === 'starting')
        ? 'starting'
        : [...parts.map((part) => part.state === 'ok'), ...experts.map((expert) => expert.ok)].every(Boolean)
          ? 'ok'
          : 'degraded';
    return {
      status,
      version: this.version,
      parts: Object.fromEntries(parts.map(({ name, state, detail }) => [name, { ok: state === 'ok', detail }])),
      experts,
      consul: this.#setup.consul?.() ?? 'off',
      nomad: this.cluster.link(),
    };
  }

  sessions(): OpenSession[] {
    return [...this.#sessions.values()].map(({ id, audible, since, state }) => ({ id, audible, since, state }));
  }

  /**
   * Opens a conversation; the caller ends it with `closeSession`.
   * @throws TwinError `TWIN_BUSY` (retryable), `TWIN_STOPPING`
   */
  openSession(out: SessionOut, { audible, attended = false, ...caller }: SessionWish): Session {
    const id = randomBytes(6).toString('hex');
    if (this.#closing)
      throw new TwinError('TWIN_STOPPING', 'The agent is stopping.', { next: 'Try again in a minute.' });
    if (this.#sessions.size >= MAX_SESSIONS) {
      throw new TwinError('TWIN_BUSY', `All ${MAX_SESSIONS} conversations are taken.`, {
        next: 'Close a page or try again later.',
        retryable: true,
      });
    }
    const session = this.#setup.makeSession({
      id,
      audible,
      caller,
      out: this.#tee(id, out),
      onTurn: (record) => this.#onTurn(record),
    });
    const leave = (attended && this.#setup.attend?.(session)) || (() => undefined);
    this.#sessions.set(id, { id, audible, since: new Date().toISOString(), state: 'idle', session, leave });
    this.metrics.sessionOpened();
    return session;
  }

  /** Ends a conversation; waits until no effect of it is left. */
  async closeSession(session: Session): Promise<void> {
    const open = this.#sessions.get(session.id);
    if (open?.session !== session) return;
    this.#sessions.delete(session.id);
    open.leave();
    this.approvals?.sessionClosed(session.id);
    this.metrics.sessionClosed();
    this.#onIdle?.();
    const ended = session.close().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
    await ended;
  }

  /** Lets `listener` hear every session until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes no more sessions and lets running turns end, for some seconds. */
  async drain(): Promise<void> {
    this.#closing = true;
    await this.#idle(DRAIN_MS);
  }

  /** Ends every session, then every part; waits until nothing of them is left. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const { session } of this.#sessions.values()) void this.closeSession(session).catch(() => undefined);
    await Promise.allSettled(this.#ending);
    await this.approvals?.close();
    await this.audit?.close();
    await this.#parts.close();
    await Promise.all([this.#setup.turns.close(), this.conversation.saved()]);
  }

  #onTurn(record: TurnRecord): void {
    this.conversation.add(record);
    this.metrics.turn(record);
    this.#setup.turns.append(record);
    this.#setup.learn?.(record.transcript);
    const used = this.memory?.markUsed(record.memories ?? []);
    used?.catch((error: unknown) => this.log.warn({ err: error }, 'the use of a memory was not noted'));
    if (this.config.BENCHMARK_MODE) this.log.info({ turn: withoutSpeech(record) }, 'turn');
  }

  #tee(id: string, out: SessionOut): SessionOut {
    return {
      audio: (turn, offset, samples) => out.audio(turn, offset, samples),
      event: (type, data) => {
        const open = this.#sessions.get(id);
        if (open && type === 'state') open.state = (data as ServerEventData['state']).state;
        if (open && type === 'state') this.#onIdle?.();
        if (type === 'route') this.metrics.route(data as ServerEventData['route']);
        out.event(type, data);
        for (const listener of this.#listeners) listener(id, type, data);
      },
    };
  }

  async #idle(ms: number): Promise<void> {
    const busy = () => [...this.#sessions.values()].some(({ state }) => state === 'thinking' || state === 'speaking');
    if (!busy()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#onIdle = () => {
        if (busy()) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#onIdle = undefined;
  }
}

/** The cluster of an agent that belongs to none. */
const alone = (): Cluster =>
  new Cluster({
    experts: async () => ({ experts: [], measured: new Map(), own: undefined, current: true }),
    here: thisMachine,
    clock: monotonicClock,
  });

const nothingSleeps = (): PowerBoard =>
  new PowerBoard({ experts: async () => ({ experts: [] }), clock: monotonicClock, now: Date.now });
