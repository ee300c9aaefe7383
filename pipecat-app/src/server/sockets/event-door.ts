import type { RawData, WebSocket } from 'ws';
import type { Agent } from '../../agent.js';
import { isAbort, TwinError, toPublicError } from '../../errors.js';
import type { Session } from '../../voice/session.types.js';
import type { Principal } from '../access/guard.js';
import type { ServerEventType } from '../protocol.js';
import { hello } from './hello.js';
import { deliver, readMessage } from './messages.js';
import { envelope, Outbox } from './outbox.js';
import { throttle } from './throttle.js';

/** Events that mean something only to the client that plays the sound. */
const PRIVATE: ReadonlySet<ServerEventType> = new Set([
  'vad',
  'audio.hold',
  'audio.resume',
  'audio.flush',
  'audio.end',
]);

/**
 * `/ws`: the events of all sessions for everybody who is signed in. Operators may type; a socket's own silent session
 * opens with its first message, and its events come back like all others.
 */
export class EventDoor {
  readonly #agent: Agent;
  readonly #outboxes = new Set<Outbox>();
  readonly close: () => void;

  constructor(agent: Agent) {
    this.#agent = agent;
    this.close = agent.listen((session, type, data) => {
      if (this.#outboxes.size === 0 || PRIVATE.has(type)) return;
      const event = envelope(session, type, data);
      for (const outbox of this.#outboxes) outbox.event(event);
    });
  }

  open(socket: WebSocket, { role, name, keyId }: Principal): void {
    const agent = this.#agent;
    const outbox = new Outbox(socket);
    this.#outboxes.add(outbox);
    outbox.event(envelope('', 'hello', hello(agent)));
    const fail = (error: unknown): void => {
      if (!isAbort(error)) outbox.event(envelope('', 'error', toPublicError(error)));
    };
    const slowDown = throttle(socket);
    let session: Session | undefined;

    socket.on('message', (data: RawData, binary: boolean) => {
      slowDown((data as Buffer).byteLength);
      try {
        if (binary)
          throw new TwinError('TWIN_BAD_REQUEST', 'Sound goes to /ws/audio.', { next: 'Open that socket instead.' });
        const message = readMessage(data);
        if (role === 'viewer') {
          throw new TwinError('TWIN_FORBIDDEN', 'Your role may only watch.', {
            next: 'Ask an administrator for an operator key.',
          });
        }
        session ??= agent.openSession(
          { event: () => undefined, audio: () => undefined },
          { audible: false, role, name, keyId },
        );
        deliver(message, session).catch(fail);
      } catch (error) {
        fail(error);
      }
    });
    socket.once('close', () => {
      this.#outboxes.delete(outbox);
      if (!session) return;
      agent.closeSession(session).catch((error: unknown) => agent.log.error({ err: error }, 'a session did not close'));
    });
  }
}
