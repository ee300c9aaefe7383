import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PowerAgentError } from './errors.js';

export type Door = { port: number; close(): Promise<void> };

/**
 * `GET /metrics` and `GET /health`, nothing else.
 * @throws PowerAgentError `TWIN_POWER_PORT`
 */
export async function openDoor(
  { host, port }: { host: string; port: number },
  answers: {
    metrics: () => Promise<{ text: string; contentType: string }>;
    health: () => { ok: boolean };
  },
): Promise<Door> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, text: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
    };
    if (request.method !== 'GET') return answer(405, 'text/plain', 'Only GET.\n');
    if (request.url === '/health') {
      const health = answers.health();
      return answer(health.ok ? 200 : 503, 'application/json', JSON.stringify(health));
    }
    if (request.url !== '/metrics') return answer(404, 'text/plain', 'There are /health and /metrics.\n');
    answers.metrics().then(
      ({ text, contentType }) => answer(200, contentType, text),
      () => answer(500, 'text/plain', 'The metrics cannot be read.\n'),
    );
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new PowerAgentError('TWIN_POWER_PORT', `Nothing can be served at ${host}:${port}.`, {
      next: 'Set POWER_PORT to a free port.',
      cause,
    });
  }
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
