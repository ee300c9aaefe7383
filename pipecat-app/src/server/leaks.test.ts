import { once } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { openEchoAgent } from './echo-agent.fixture.js';

/** What keeps the event loop alive, without what the test runner itself has. */
const resources = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|TLS/.test(name));

it('leaves no server, socket or timer behind when it closes under clients that stay', async () => {
  const before = resources();
  const echo = await openEchoAgent();
  const headers = echo.as('operator');
  const sockets = await Promise.all(
    ['/ws', '/ws/audio', '/ws/audio?audible=0'].map(async (path) => {
      const socket = new WebSocket(echo.url.replace('http', 'ws') + path, { headers });
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'text', text: 'hello' }));
      await once(socket, 'message');
      return socket;
    }),
  );
  const post = { method: 'POST', headers: { ...headers, 'content-type': 'application/json', connection: 'close' } };
  await (await fetch(`${echo.url}/api/message`, { ...post, body: '{"text":"hello","wait":true}' })).text();
  const codes = Promise.all(sockets.map(async (socket) => (await once(socket, 'close'))[0] as number));
  await echo.close();
  expect(await codes).toEqual([1001, 1001, 1001]);
  expect(echo.agent.sessions()).toEqual([]);
  await expect.poll(resources).toEqual(before);
});
