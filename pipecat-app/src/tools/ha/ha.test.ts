import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { approvesAll } from '../consent.fixture.js';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import { haTool } from './ha.js';
import { HomeAssistant } from './home-assistant.js';

/** With HA_TEST_URL and HA_TEST_TOKEN the same claims hold against a real Home Assistant (docs/decisions/home-assistant.md). */
const REAL = process.env.HA_TEST_URL;
const TOKEN = process.env.HA_TEST_TOKEN ?? 'right';

/** Speaks the documented protocol for the entities of the claims. */
async function fakeHouse(): Promise<{ url: string; close(): Promise<void> }> {
  const states = new Map([
    ['input_boolean.kitchen_light', 'off'],
    ['input_boolean.hall_light', 'off'],
    ['input_boolean.secret_safe', 'on'],
    ['lock.front_door', 'locked'],
  ]);
  const entity = (id: string) => ({
    entity_id: id,
    state: states.get(id),
    attributes: { friendly_name: `${id.split('.')[1]?.replace('_', ' ')}\n<b>` },
  });
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const bytes of request) body += String(bytes);
      if (request.headers.authorization !== `Bearer ${TOKEN}`) return response.writeHead(401).end();
      const [, domain, turned] = /^\/api\/services\/(\w+)\/turn_(on|off)$/.exec(request.url ?? '') ?? [];
      if (turned === undefined) return response.writeHead(400).end();
      const { entity_id } = JSON.parse(body) as { entity_id: string };
      if (entity_id.startsWith(`${domain}.`)) states.set(entity_id, turned);
      return response.end('[]');
    })();
  });
  const sockets = new WebSocketServer({ server, path: '/api/websocket' });
  sockets.on('connection', (socket) => {
    const send = (data: object): void => socket.send(JSON.stringify(data));
    let admitted = false;
    send({ type: 'auth_required', ha_version: '2024.3.3' });
    socket.on('message', (bytes) => {
      const { id, type, access_token } = JSON.parse(String(bytes)) as {
        id: number;
        type: string;
        access_token?: string;
      };
      if (!admitted) {
        admitted = type === 'auth' && access_token === TOKEN;
        return send({ type: admitted ? 'auth_ok' : 'auth_invalid', ha_version: '2024.3.3' });
      }
      const exposed = Object.fromEntries(
        [...states.keys()].filter((key) => !key.includes('secret')).map((key) => [key, { conversation: true }]),
      );
      const result =
        type === 'get_states'
          ? [...states.keys()].map(entity)
          : type.endsWith('list')
            ? { exposed_entities: exposed }
            : null;
      return send({ id, type: 'result', success: true, result });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

let fake: Awaited<ReturnType<typeof fakeHouse>>;
let tool: ReturnType<typeof haTool>;
beforeAll(async () => {
  fake = await fakeHouse();
  tool = haTool(new HomeAssistant(REAL ?? fake.url, TOKEN));
});
afterAll(async () => {
  await tool.close?.();
  await fake.close();
});
const call = (method: string, args: Record<string, unknown> = {}, of = tool) =>
  new ToolRegistry([of], { consent: approvesAll }).call(
    `ha.${method}`,
    args,
    controlsOf('a'),
    new AbortController().signal,
  );

describe('a house', () => {
  test('is switched by the name that people say', async () => {
    expect((await call('turn', { name: 'the kitchen light', to: 'on' })).output).toMatch(/^kitchen light.* is on\.$/i);
    expect((await call('get', { entity: 'kitchen lights' })).output).toMatch(/^kitchen light.*: on\.$/i);
    await call('turn', { name: 'kitchen light', to: 'off' });
    expect((await call('get', { entity: 'input_boolean.kitchen_light' })).output).toMatch(/: off\.$/);
  });

  test('asks which one when a name fits two', async () => {
    expect(await call('turn', { name: 'light', to: 'on' })).toMatchObject({ error: 'TWIN_HA_WHICH' });
  });

  test('has nothing that is not exposed, by no way', async () => {
    expect((await call('states')).output).not.toMatch(/secret/i);
    for (const entity of ['secret safe', 'input_boolean.secret_safe']) {
      expect(await call('get', { entity })).toMatchObject({ error: 'TWIN_HA_UNKNOWN' });
      const args = { domain: 'input_boolean', service: 'turn_off', data: { entity_id: entity } };
      expect(await call('call', args)).toMatchObject({ error: 'TWIN_HA_UNKNOWN' });
    }
    const wide = { domain: 'input_boolean', service: 'turn_off', entity: 'hall light', data: { area_id: 'x' } };
    expect(await call('call', wide)).toMatchObject({ error: 'TWIN_TOOL_ARGS' });
    expect(await call('call', { domain: 'homeassistant', service: 'stop' })).toMatchObject({ error: 'TWIN_HA_TARGET' });
  });

  test('is called with a service, and says when it refuses', async () => {
    const args = { domain: 'input_boolean', service: 'turn_on', entity: 'hall light' };
    expect(await call('call', args)).toMatchObject({ ok: true });
    expect((await call('get', { entity: 'hall light' })).output).toMatch(/: on\.$/);
    expect(await call('call', { ...args, service: 'no_such_thing' })).toMatchObject({ error: 'TWIN_HA_CALL' });
    await call('turn', { name: 'hall light', to: 'off' });
  });

  test('that does not accept the token, or is away, says what to do', async () => {
    const wrong = haTool(new HomeAssistant(REAL ?? fake.url, 'wrong'));
    expect(await call('states', {}, wrong)).toMatchObject({ error: 'TWIN_HA_TOKEN' });
    const away = haTool(new HomeAssistant('http://127.0.0.1:9', TOKEN));
    expect(await call('states', {}, away)).toMatchObject({ error: 'TWIN_HA_UNREACHABLE' });
    expect(await call('states', {}, haTool(undefined))).toMatchObject({ error: 'TWIN_TOOL_UNAVAILABLE' });
  });
});

test.runIf(REAL === undefined)(
  'a lock is not switched without a person being asked, and names carry no markup',
  async () => {
    expect(await call('turn', { name: 'front door', to: 'off' })).toMatchObject({ error: 'TWIN_HA_DOMAIN' });
    expect((await call('states')).output).not.toMatch(/[<>\n]/);
  },
);
