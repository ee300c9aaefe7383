import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type PaceClock, VoiceClient, type VoiceClientOptions } from './voice-client.js';

/** Time that passes only when somebody waits for it; the event loop turns in between, so that sockets deliver. */
function virtualClock(): PaceClock {
  let now = 0;
  return {
    now: () => now,
    async until(ms) {
      await new Promise((resolve) => setImmediate(resolve));
      now = Math.max(now, ms);
    },
  };
}

/** Exchanges a ping, so that everything sent before it has been handled on both sides. */
const settled = (socket: WebSocket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('pong', () => resolve());
    socket.ping();
  });

const tone = (n: number, value: number): Int16Array => new Int16Array(n).fill(value);
const audio = (turn: number, offset: number, samples: Int16Array): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(turn, 0);
  head.writeUInt32LE(offset, 4);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
};
const event = (type: string, data: object): string => JSON.stringify({ type, ts: 0, session: 's', data });

describe('voice client', () => {
  let http: Server;
  let sockets: WebSocketServer;
  let endpoint: string;
  let received: (Buffer | object)[];
  let peer: Promise<WebSocket>;
  const open: VoiceClient[] = [];
  const signal = new AbortController().signal;

  beforeEach(async () => {
    received = [];
    http = createServer();
    sockets = new WebSocketServer({ noServer: true });
    peer = new Promise((resolve) => {
      http.on('upgrade', (request, socket, head) => {
        if (request.headers.authorization !== 'Bearer good') {
          socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
          return;
        }
        sockets.handleUpgrade(request, socket, head, (ws) => {
          ws.on('message', (data: Buffer, binary) => received.push(binary ? data : JSON.parse(data.toString())));
          resolve(ws);
        });
      });
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    for (const client of open.splice(0)) await client.close();
    sockets.close();
    await new Promise((resolve) => http.close(resolve));
  });

  async function connect(options: Partial<VoiceClientOptions> = {}): Promise<VoiceClient> {
    const client = await VoiceClient.connect({ endpoint, key: 'good', clock: virtualClock(), ...options }, signal);
    open.push(client);
    return client;
  }

  it('cuts the microphone into frames of 640 bytes whatever the pieces are', async () => {
    const client = await connect();
    await client.talk(
      (async function* () {
        for (const n of [1, 700, 3, 256, 320]) yield tone(n, 1);
      })(),
      signal,
    );
    await settled(await peer);
    expect(received.map((m) => (m as Buffer).length)).toEqual([640, 640, 640, 640]);
    expect(client.sent).toBe(1280);
  });

  it('paces by absolute deadlines: a slow source does not shift the frames after it', async () => {
    const waits: number[] = [];
    const clock = virtualClock();
    const client = await connect({
      clock: {
        now: clock.now,
        until(ms, s) {
          waits.push(ms);
          return clock.until(ms, s);
        },
      },
      pace: 2,
    });
    await client.talk(
      (async function* () {
        for (let i = 0; i < 4; i++) {
          if (i === 2) await clock.until(35, signal);
          yield tone(320, 1);
        }
      })(),
      signal,
    );
    expect(waits).toEqual([10, 20, 30, 40]);
  });

  it('plays the answer in step with the microphone, reports it, and mixes its echo in', async () => {
    const client = await connect({ echo: { gainDb: -20, delayMs: 20 } });
    const server = await peer;
    await client.talk(
      (async function* () {
        yield tone(320, 100);
        server.send(audio(1, 0, tone(320, 1000)));
        server.send(event('audio.end', { turn: 1, samples: 320 }));
        await settled(server);
        for (let i = 0; i < 4; i++) yield tone(320, 100);
      })(),
      signal,
    );
    await settled(server);
    const begin = client.recording.speaker.all().indexOf(1000);
    expect(begin).toBeGreaterThanOrEqual(320);
    const mic = client.recording.mic.all();
    expect(mic.indexOf(200)).toBe(begin + 320);
    expect(mic.lastIndexOf(200)).toBe(begin + 639);
    expect(received).toContainEqual({ type: 'played', turn: 1, samples: 320, mic: begin + 320 });
  });

  it('holds, resumes and flushes when the agent says so', async () => {
    const client = await connect();
    const server = await peer;
    const heard: (string | number)[] = [];
    client.onPlayed((p) => heard.push(p.samples));
    client.onEvent((e) => heard.push(e.type));
    const step = async (message: string | Buffer): Promise<void> => {
      server.send(message);
      await settled(server);
    };
    await client.talk(
      (async function* () {
        await step(audio(1, 0, tone(3200, 5)));
        yield tone(320, 0);
        yield tone(320, 0);
        await step(event('audio.hold', { turn: 1 }));
        yield tone(320, 0);
        await step(event('audio.resume', { turn: 1 }));
        yield tone(320, 0);
        await step(event('audio.flush', { turn: 1 }));
        yield tone(320, 0);
      })(),
      signal,
    );
    expect(heard.filter((h) => typeof h === 'string')).toEqual(['audio.hold', 'audio.resume', 'audio.flush']);
    const [held, flushed] = heard.filter((h) => typeof h === 'number');
    expect(flushed as number).toBe((held as number) + 320);
    expect(client.recording.speaker.all().filter((s) => s === 5).length).toBe(flushed);
  });

  it('keeps only the last seconds of a long recording', async () => {
    const client = await connect({ keepSeconds: 0.1 });
    await client.talk(
      (async function* () {
        for (let i = 0; i < 50; i++) yield tone(320, i);
      })(),
      signal,
    );
    const kept = client.recording.mic.all();
    expect(kept.length).toBeLessThanOrEqual(1600 + 320);
    expect(kept.at(-1)).toBe(49);
    expect(client.recording.mic.to).toBe(16_000);
  });

  it('is refused in words without a key', async () => {
    await expect(VoiceClient.connect({ endpoint, key: 'bad' }, signal)).rejects.toMatchObject({
      code: 'TWIN_REFUSED',
      next: expect.stringContaining('--key'),
    });
  });

  it('says that nothing answers', async () => {
    await expect(VoiceClient.connect({ endpoint: 'http://127.0.0.1:1' }, signal)).rejects.toMatchObject({
      code: 'TWIN_UNREACHABLE',
    });
  });

  it('stops talking when the agent closes the connection', async () => {
    const client = await connect();
    const server = await peer;
    const talking = client.talk(
      (async function* () {
        yield tone(320, 0);
        const gone = new Promise((resolve) => server.once('close', resolve));
        server.close(1011);
        await gone;
        for (;;) yield tone(320, 0);
      })(),
      signal,
    );
    await expect(talking).rejects.toMatchObject({ code: 'TWIN_CONNECTION_LOST' });
  });
});
