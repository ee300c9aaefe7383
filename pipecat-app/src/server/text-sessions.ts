import { randomBytes } from 'node:crypto';
import type { Agent } from '../agent.js';
import { TwinError } from '../errors.js';
import type { Session, SessionOut } from '../voice/session.types.js';
import type { Principal } from './access/guard.js';
import type { TurnRecord } from './protocol.js';

/** A conversation by REST is forgotten after this much silence. */
const IDLE_MS = 30 * 60_000;
const MAX_WAITING = 8;
const KEPT_ANSWERS = 500;

/** Events of these sessions reach people through `/ws` and `/api/conversation`. */
const NOWHERE: SessionOut = { event: () => undefined, audio: () => undefined };

export type Message = { id: string; done: Promise<TurnRecord>; record: TurnRecord | undefined; error: unknown };

type Open = { session: Session; last: Promise<unknown>; waiting: number; timer: NodeJS.Timeout };

/** Silent conversations that are held by single requests. Messages of one conversation are answered one after the other. */
export class TextSessions {
  readonly #agent: Agent;
  readonly #open = new Map<string, Open>();
  readonly #messages = new Map<string, Message & { owner: string }>();

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  /**
   * Sends `text` as the next message of conversation `name`, which belongs to the key of `who` alone.
   * @throws TwinError `TWIN_TOO_MANY`, and what `Agent.openSession` throws
   */
  send(who: Principal, name: string, text: string): Message {
    const owner = who.keyId;
    const open = this.#find(`${owner}/${who.role}/${name}`, who);
    if (open.waiting >= MAX_WAITING) {
      throw new TwinError('TWIN_TOO_MANY', `${MAX_WAITING} messages of this conversation wait already.`, {
        next: 'Wait for an answer first.',
        retryable: true,
      });
    }
    open.waiting++;
    const done = open.last.then(() => open.session.text(text));
    const message = { id: randomBytes(9).toString('base64url'), owner, done, record: undefined, error: undefined };
    this.#remember(message);
    open.last = done.then(
      (record) => Object.assign(message, { record }),
      (error: unknown) => Object.assign(message, { error }),
    );
    open.last = open.last.then(() => {
      open.waiting--;
      open.timer.refresh();
    });
    return message;
  }

  /** A message that `owner` sent lately. */
  get(owner: string, id: string): Message | undefined {
    const message = this.#messages.get(id);
    return message?.owner === owner ? message : undefined;
  }

  close(): void {
    for (const { timer } of this.#open.values()) clearTimeout(timer);
    this.#open.clear();
  }

  #find(key: string, { role, name, keyId }: Principal): Open {
    const known = this.#open.get(key);
    if (known) {
      known.timer.refresh();
      return known;
    }
    const session = this.#agent.openSession(NOWHERE, { audible: false, door: 'api', role, name, keyId });
    const timer = setTimeout(() => this.#end(key), IDLE_MS);
    timer.unref();
    const open = { session, last: Promise.resolve(), waiting: 0, timer };
    this.#open.set(key, open);
    return open;
  }

  #end(key: string): void {
    const open = this.#open.get(key);
    if (!open) return;
    this.#open.delete(key);
    this.#agent
      .closeSession(open.session)
      .catch((error: unknown) => this.#agent.log.error({ err: error }, 'a session did not close'));
  }

  #remember(message: Message & { owner: string }): void {
    this.#messages.set(message.id, message);
    const oldest = this.#messages.keys().next();
    if (this.#messages.size > KEPT_ANSWERS && !oldest.done) this.#messages.delete(oldest.value);
  }
}
