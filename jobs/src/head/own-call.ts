import { type IncomingMessage, request } from 'node:http';

/**
 * The address of this machine from which a head calls its own server. The power agent knows it: while it holds everybody else's
 * connections, because the expert is going to sleep, the head must be able to save its slots.
 */
export const OWN_ADDRESS = '127.0.0.9';

/** One request to the server of this head; the answer is there when its first line is. Throws what the socket throws, or the reason of `signal`. */
export function ownCall(
  url: string,
  { method, body, signal }: { method: string; body?: string | undefined; signal: AbortSignal },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const from = new URL(url).hostname.startsWith('[') ? {} : { localAddress: OWN_ADDRESS };
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const call = request(url, { method, headers, signal, agent: false, ...from }, resolve);
    call.once('error', (error) => reject(signal.aborted ? signal.reason : error));
    call.end(body);
  });
}

/** All of an answer. */
export async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of answer.setEncoding('utf8')) text += piece;
  return text;
}
