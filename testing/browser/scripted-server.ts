import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConversationLine, Health, ServerEventData } from '@twin/pipecat-app/server/protocol.js';
import { WebSocketServer } from 'ws';
import { ScriptedSession } from './scripted-session.js';

/** The built page, whether this module runs as source or from `dist/`. */
const SITE = fileURLToPath(
  new URL(`${import.meta.url.includes('/dist/') ? '../' : ''}../../pipecat-app/web/dist/site/`, import.meta.url),
);
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
/** As strict as a server may be with the page: nothing inline, nothing from elsewhere. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'";

export const HELLO: ServerEventData['hello'] = {
  version: '0.1.0',
  vad: { threshold: 0.5, negThreshold: 0.35, minSpeechMs: 90, redemptionMs: 700, prerollMs: 300 },
  voice: { name: 'en-us', rate: 170, volume: 90 },
  voices: ['en-us', 'en-gb', 'en-us+f3'],
  authDisabled: false,
};

export const HEALTHY: Health = {
  status: 'ok',
  version: '0.1.0',
  parts: { ears: { ok: true, detail: '' }, mouth: { ok: true, detail: '' }, mind: { ok: true, detail: '' } },
  experts: [],
  consul: 'off',
  nomad: 'off',
};

export type Door = (request: IncomingMessage, response: ServerResponse, body: unknown) => void;

/** Stands where the agent stands for the page: same doors, no mind. What it says is decided by whoever holds it. */
export class ScriptedServer {
  readonly sessions: ScriptedSession[] = [];
  /** The key that `POST /api/session` takes; null = everybody is signed in. */
  key: string | null = null;
  /** False: sockets are refused, as by a server that is being restarted. */
  accepting = true;
  hello = HELLO;
  health = HEALTHY;
  /** What was said before. */
  conversation: ConversationLine[] = [];
  /** More doors, by method and path, for example `GET /api/nodes`. */
  readonly doors = new Map<string, Door>();
  /** More files, by path. */
  readonly files = new Map<string, string>();
  readonly #http: Server;
  readonly #ws = new WebSocketServer({ noServer: true });
  #waiters: (() => void)[] = [];

  private constructor() {
    this.#http = createServer((request, response) => void this.#serve(request, response));
    this.#http.on('upgrade', (request, socket, head) => {
      const refusal = this.#signedIn(request) ? '503 Service Unavailable' : '401 Unauthorized';
      if (!this.accepting || refusal.startsWith('401')) {
        socket.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\n\r\n`);
        return;
      }
      const audible = new URL(request.url ?? '/', 'http://localhost').searchParams.get('audible') === '1';
      this.#ws.handleUpgrade(request, socket, head, (ws) => {
        const session = new ScriptedSession(ws, `s${this.sessions.length}`, audible);
        session.send('hello', this.hello);
        this.sessions.push(session);
        for (const waiter of this.#waiters.splice(0)) waiter();
      });
    });
  }

  static async start(): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    server.#http.listen(0, '127.0.0.1');
    await once(server.#http, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Session number `index`, now or when it comes. */
  async session(index = 0): Promise<ScriptedSession> {
    for (;;) {
      const session = this.sessions[index];
      if (session) return session;
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#ws.clients) socket.terminate();
    this.#ws.close();
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, 'close');
  }

  #signedIn(request: IncomingMessage): boolean {
    return this.key === null || (request.headers.cookie ?? '').includes(`twin=${this.key}`);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const door = this.doors.get(`${request.method} ${path}`);
    if (door) return door(request, response, await bodyOf(request));
    if (path === '/health') return answer(response, this.health.status === 'ok' ? 200 : 503, this.health);
    if (path === '/api/session' && request.method === 'POST') {
      const { key } = (await bodyOf(request)) as { key: string };
      if (key !== this.key)
        return answer(response, 401, { error: { message: 'This key is not known.', next: 'Check it.' } });
      response.setHeader('set-cookie', `twin=${key}; HttpOnly; SameSite=Strict; Path=/`);
      return answer(response, 200, {});
    }
    if (path === '/api/conversation' && request.method === 'DELETE') {
      if (!this.accepting) return answer(response, 503, {});
      this.conversation = [];
      response.writeHead(204).end();
      return;
    }
    if (path === '/api/conversation') return answer(response, 200, { lines: this.conversation });
    if (path === '/api/session') return answer(response, this.#signedIn(request) ? 200 : 401, {});
    const file = path === '/' ? 'index.html' : normalize(path).slice(1);
    try {
      const body = this.files.get(path) ?? (await readFile(join(SITE, file)));
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': POLICY,
      });
      response.end(body);
    } catch {
      answer(response, 404, {});
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : JSON.parse(text);
}

export function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
