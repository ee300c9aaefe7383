import type { RawData, WebSocket } from 'ws';
import type { Agent } from '../../agent.js';
import { isAbort, TwinError, toPublicError } from '../../errors.js';
import { fromBytes } from '../../voice/pcm.js';
import type { Session } from '../../voice/session.types.js';
import type { Principal } from '../access/guard.js';
import { hello } from './hello.js';
import { deliver, readMessage } from './messages.js';
import { envelope, Outbox } from './outbox.js';
import { throttle } from './throttle.js';

/** Largest microphone frame: half a second. */
const MAX_FRAME_BYTES = 16_000;

const TRY_AGAIN_LATER = 1013;

/**
 * `/ws/audio`: one spoken conversation per socket. Microphone frames and JSON come in, sound and JSON go out; a message
 * that is not right is answered with an `error` event and changes nothing.
 * @param audible false when the client wants no sound, only text
 */
export function audioDoor(agent: Agent, socket: WebSocket, { role, name, keyId }: Principal, audible: boolean): void {
  const outbox = new Outbox(socket);
  let session: Session;
  try {
    session = agent.openSession(
      {
        event: (type, data) => outbox.event(envelope(session?.id ?? '', type, data)),
        audio: (turn, offset, samples) => outbox.audio(turn, offset, samples),
      },
      { audible, attended: true, role, name, keyId },
    );
  } catch (error) {
    outbox.event(envelope('', 'error', toPublicError(error)));
    socket.close(TRY_AGAIN_LATER);
    return;
  }
  const leave = agent.listen((asking, type, data) => {
    if (type.startsWith('approval.')) outbox.event(envelope(asking, type, data));
  });
  outbox.event(envelope(session.id, 'hello', hello(agent)));
  const fail = (error: unknown): void => {
    if (!isAbort(error)) outbox.event(envelope(session.id, 'error', toPublicError(error)));
  };
  const slowDown = throttle(socket);

  socket.on('message', (data: RawData, binary: boolean) => {
    const bytes = data as Buffer;
    slowDown(bytes.byteLength);
    try {
      if (binary) session.push(readFrame(bytes));
      else deliver(readMessage(bytes), session).catch(fail);
    } catch (error) {
      fail(error);
    }
  });
  socket.once('close', () => {
    leave();
    agent.closeSession(session).catch((error: unknown) => agent.log.error({ err: error }, 'a session did not close'));
  });
}

function readFrame(bytes: Buffer): Int16Array {
  if (bytes.byteLength > 0 && bytes.byteLength % 2 === 0 && bytes.byteLength <= MAX_FRAME_BYTES)
    return fromBytes(bytes);
  throw new TwinError('TWIN_BAD_REQUEST', `An audio frame of ${bytes.byteLength} bytes cannot be used.`, {
    next: `Send 16-bit samples, at most ${MAX_FRAME_BYTES} bytes at once; 640 bytes are 20 ms.`,
  });
}
