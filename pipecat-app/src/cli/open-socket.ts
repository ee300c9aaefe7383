import { WebSocket } from 'ws';
import { TwinError } from '../errors.js';

/**
 * Opens a WebSocket to a door of the agent. Messages that arrive before the caller has its own listener go to `early`.
 * @throws TwinError `TWIN_UNREACHABLE` (retryable) when nothing answers, `TWIN_REFUSED` when the agent says no; AbortError.
 */
export function openSocket(
  target: { endpoint: string; key?: string; ca?: string | undefined },
  path: string,
  early: (data: Buffer, binary: boolean) => void,
  signal: AbortSignal,
): Promise<WebSocket> {
  signal.throwIfAborted();
  const url = new URL(path, target.endpoint.replace(/^http/, 'ws'));
  const headers = target.key ? { authorization: `Bearer ${target.key}` } : {};
  const socket = new WebSocket(url, {
    headers,
    handshakeTimeout: 10_000,
    perMessageDeflate: false,
    ...(target.ca === undefined ? {} : { ca: target.ca }),
  });
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', abort);
      socket.on('error', () => undefined);
      socket.terminate();
      reject(error);
    };
    const abort = (): void => fail(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    socket.on('message', (data: Buffer, binary) => early(data, binary));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      fail(refused(response.statusCode ?? 0));
    });
    socket.once('error', (cause) => {
      fail(
        new TwinError('TWIN_UNREACHABLE', `No agent answers at ${target.endpoint}.`, {
          next: 'Start it with `./bootstrap.sh --local`, or name another address with --endpoint.',
          retryable: true,
          cause,
        }),
      );
    });
    socket.once('open', () => {
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners('error');
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

function refused(status: number): TwinError {
  if (status === 401 || status === 403) {
    return new TwinError('TWIN_REFUSED', `The agent refused the connection (${status}).`, {
      next: 'Give an API key with --key or TWIN_KEY.',
    });
  }
  return new TwinError('TWIN_REFUSED', `The agent answered ${status} instead of opening the audio door.`, {
    next: "Look at the agent's log, or try again in a moment.",
    retryable: status === 429 || status === 503,
  });
}
