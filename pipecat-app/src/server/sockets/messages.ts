import type { RawData } from 'ws';
import { TwinError } from '../../errors.js';
import type { Session } from '../../voice/session.types.js';
import { check } from '../errors.js';
import { type ClientMessage, clientMessage } from '../protocol.js';

/**
 * Reads one JSON message of a client.
 * @throws TwinError `TWIN_BAD_REQUEST`
 */
export function readMessage(data: RawData): ClientMessage {
  let json: unknown;
  try {
    json = JSON.parse(data.toString());
  } catch {
    throw new TwinError('TWIN_BAD_REQUEST', 'The message is not JSON.', {
      next: 'Send one JSON object per text message.',
    });
  }
  return check(clientMessage, json);
}

/** Hands a message of a client to its session. */
export async function deliver(message: ClientMessage, session: Session): Promise<void> {
  switch (message.type) {
    case 'text':
      await session.text(message.text);
      return;
    case 'stop':
      return session.stop();
    case 'played':
      return session.played(message.turn, message.samples, message.mic);
    case 'settings':
      return session.set(changeOf(message));
    case 'meter':
      return session.meter(message.on);
    case 'mic':
      return session.mic(message.open);
  }
}

type Change = Parameters<Session['set']>[0];

/** JSON has no undefined, so what the schema calls optional is either there or absent. */
function changeOf({ vad, voice }: Extract<ClientMessage, { type: 'settings' }>): Change {
  return { ...(vad && { vad }), ...(voice && { voice }) } as Change;
}
