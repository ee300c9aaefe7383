import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type EchoAgent, openEchoAgent } from '../echo-agent.fixture.js';

let echo: EchoAgent;
beforeAll(async () => {
  echo = await openEchoAgent();
});
afterAll(() => echo.close());

type Event = { type: string; session: string; data: Record<string, unknown> };
type Client = {
  socket: WebSocket;
  json: () => Promise<Event>;
  binary: () => Promise<Buffer>;
  send: (message: unknown) => void;
};

/** A client that keeps what arrives until it is asked for. */
async function connect(path: string, headers: Record<string, string>): Promise<Client> {
  const socket = new WebSocket(echo.url.replace('http', 'ws') + path, { headers });
  const queues = { json: [] as Buffer[], binary: [] as Buffer[] };
  const wake: (() => void)[] = [];
  socket.on('message', (data, binary) => {
    queues[binary ? 'binary' : 'json'].push(data as Buffer);
    for (const each of wake.splice(0)) each();
  });
  const take = async (queue: Buffer[]): Promise<Buffer> => {
    for (;;) {
      const first = queue.shift();
      if (first) return first;
      await new Promise<void>((resolve) => wake.push(resolve));
    }
  };
  await once(socket, 'open');
  return {
    socket,
    json: async () => JSON.parse((await take(queues.json)).toString()) as Event,
    binary: () => take(queues.binary),
    send: (message) =>
      socket.send(typeof message === 'string' || message instanceof Buffer ? message : JSON.stringify(message)),
  };
}

const gone = async ({ socket }: Client): Promise<number> => {
  if (socket.readyState === WebSocket.OPEN) socket.close();
  const [code] = (await once(socket, 'close')) as [number];
  return code;
};

/** Status with which the server refuses the upgrade. */
async function refused(path: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(echo.url.replace('http', 'ws') + path, { headers });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number; resume(): void }];
  response.resume();
  socket.on('error', () => undefined);
  socket.terminate();
  return response.statusCode;
}

describe('/ws/audio', () => {
  it('says hello, takes microphone frames and sends sound with turn and offset', async () => {
    const client = await connect('/ws/audio', echo.as('operator'));
    const hello = await client.json();
    expect(hello).toMatchObject({ type: 'hello', data: { voices: ['en', 'en+f3'], authDisabled: false } });
    client.send(Buffer.from([1, 0, 2, 0]));
    client.send(Buffer.from([3, 0]));
    expect((await client.binary()).toString('hex')).toBe('010000000000000001000200');
    expect((await client.binary()).toString('hex')).toBe('01000000020000000300');
    expect(await gone(client)).toBe(1005);
  });

  it('sends no sound when none was asked for', async () => {
    const client = await connect('/ws/audio?audible=0', echo.as('operator'));
    await client.json();
    client.send(Buffer.from([1, 0]));
    client.send({ type: 'text', text: 'hi' });
    expect((await client.json()).type).toBe('token');
    await gone(client);
  });

  it('hands every kind of message to the session', async () => {
    const client = await connect('/ws/audio', echo.as('operator'));
    echo.calls.length = 0;
    client.send({ type: 'played', turn: 1, samples: 320, mic: 640 });
    client.send({ type: 'mic', open: true });
    client.send({ type: 'meter', on: true });
    client.send({ type: 'settings', vad: { threshold: 0.6 } });
    client.send({ type: 'stop' });
    client.send({ type: 'text', text: 'hi' });
    while ((await client.json()).type !== 'answer');
    expect(echo.calls).toEqual([
      'played 1 320 640',
      'mic true',
      'meter true',
      'set {"vad":{"threshold":0.6}}',
      expect.stringMatching(/^stop/),
    ]);
    await gone(client);
  });

  it('closes the session with its socket', async () => {
    const client = await connect('/ws/audio', echo.as('operator'));
    const { session } = await client.json();
    expect(echo.agent.sessions().map(({ id }) => id)).toContain(session);
    await gone(client);
    await expect.poll(() => echo.calls).toContain(`close ${session}`);
    expect(echo.agent.sessions().map(({ id }) => id)).not.toContain(session);
  });

  it('answers 200 messages that are wrong with words, and the next good one works', async () => {
    const client = await connect('/ws/audio', echo.as('operator'));
    await client.json();
    for (const wrong of wrongMessages(200)) {
      client.send(wrong);
      const event = await client.json();
      expect(event).toMatchObject({
        type: 'error',
        data: { code: 'TWIN_BAD_REQUEST', next: expect.stringMatching(/\w/) },
      });
      expect(JSON.stringify(event.data)).not.toMatch(/ at .*:\d+/);
    }
    client.send(Buffer.from([5, 0]));
    expect((await client.binary()).readInt16LE(8)).toBe(5);
    await gone(client);
  });

  it('closes a socket that sends a message over 64 kB', async () => {
    const client = await connect('/ws/audio', echo.as('operator'));
    client.send(Buffer.alloc(65 * 1024));
    const [code] = (await once(client.socket, 'close')) as [number];
    expect(code).toBe(1009);
  });
});

describe('/ws', () => {
  it('shows viewers the events of other sessions but lets them not type', async () => {
    const viewer = await connect('/ws', echo.as('viewer'));
    expect((await viewer.json()).type).toBe('hello');
    const talker = await connect('/ws/audio', echo.as('operator'));
    const { session } = await talker.json();
    talker.send({ type: 'text', text: 'hello' });
    expect(await viewer.json()).toMatchObject({ type: 'token', session, data: { delta: 'HELLO' } });
    expect((await viewer.json()).type).toBe('answer');
    viewer.send({ type: 'text', text: 'hello' });
    expect(await viewer.json()).toMatchObject({ type: 'error', data: { code: 'TWIN_FORBIDDEN' } });
    await Promise.all([gone(viewer), gone(talker)]);
  });

  it('lets operators type in a session of their own', async () => {
    const client = await connect('/ws', echo.as('operator'));
    await client.json();
    client.send({ type: 'text', text: 'hello' });
    const token = await client.json();
    expect(token).toMatchObject({ type: 'token', data: { delta: 'HELLO' } });
    await gone(client);
    await expect.poll(() => echo.calls).toContain(`close ${token.session}`);
  });

  it('answers sound and 200 wrong messages with words', async () => {
    const client = await connect('/ws', echo.as('operator'));
    await client.json();
    for (const wrong of wrongMessages(200)) {
      client.send(wrong);
      expect(await client.json()).toMatchObject({ type: 'error', data: { code: 'TWIN_BAD_REQUEST' } });
    }
    client.send({ type: 'text', text: 'still here' });
    expect(await client.json()).toMatchObject({ type: 'token' });
    await gone(client);
  });
});

describe('the upgrade', () => {
  it.each([
    ['no key', '/ws/audio', () => ({}), 401],
    ['a wrong key', '/ws/audio', () => ({ 'x-api-key': 'twin_wrong' }), 401],
    ['a role that is too low', '/ws/audio', () => echo.as('viewer'), 403],
    ['a foreign page, even with a key', '/ws', () => ({ ...echo.as('operator'), origin: 'https://evil.example' }), 403],
    ['a page without origin but with a cookie', '/ws', () => ({ cookie: 'twin_session=abc' }), 401],
    ['a foreign host name', '/ws', () => ({ ...echo.as('operator'), host: 'evil.example' }), 421],
    ['an unknown path', '/elsewhere', () => echo.as('operator'), 404],
  ])('refuses %s', async (_, path, headers, status) => {
    expect(await refused(path, headers())).toBe(status);
  });
});

/** Text that is no JSON, JSON of the wrong shape, and frames of the wrong size; the same each time. */
function wrongMessages(count: number): unknown[] {
  const random = seeded(7);
  const wrong = [
    '',
    '{',
    'null',
    '[]',
    '"text"',
    { type: 'text' },
    { type: 'text', text: '' },
    { type: 'text', text: 'x'.repeat(4001) },
  ];
  const more = [
    { type: 'played', turn: -1, samples: 0, mic: 0 },
    { type: 'settings', vad: { threshold: 9 } },
    { type: 'mic' },
    { type: 5 },
  ];
  return Array.from({ length: count }, (_, i) => {
    if (i % 3 === 0) return Buffer.alloc(1 + 2 * Math.floor(random() * 400), i);
    if (i % 3 === 1) return [...wrong, ...more][Math.floor(random() * (wrong.length + more.length))];
    return String.fromCharCode(
      ...Array.from({ length: 1 + Math.floor(random() * 60) }, () => 32 + Math.floor(random() * 900)),
    );
  });
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}
