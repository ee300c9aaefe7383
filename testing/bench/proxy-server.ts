/** The least that stands between a client and a server: reads the question, asks, passes the answer's bytes on. `UPSTREAM` is whom. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Agent, request } from 'undici';

const upstream = process.env.UPSTREAM ?? '';
const dispatcher = new Agent();
/** llama-server ends the connections of streams without a word: a question on a kept one is lost now and then. */
const reset = true;
const headers = { 'content-type': 'application/json' };

const server = createServer(async (asked, response) => {
  try {
    const body = Buffer.concat(await asked.toArray());
    const answer = await request(upstream + asked.url, { method: 'POST', headers, body, dispatcher, reset });
    response.writeHead(answer.statusCode, { 'content-type': String(answer.headers['content-type']) });
    await pipeline(answer.body, response);
  } catch {
    response.destroy();
  }
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
