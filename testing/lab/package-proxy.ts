import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Dispatcher, EnvHttpProxyAgent, ProxyAgent, request } from 'undici';
import type { PackageCache } from './package-cache.js';
import { type Route, type Target, targetOf } from './proxy-routes.js';

/** Headers that go to the registry, and back from it. */
const UP = ['accept', 'if-modified-since', 'if-none-match', 'user-agent'];
const BACK = ['content-type', 'etag', 'last-modified', 'location'];
/** Longest text that is rewritten, in bytes: the largest page of an index is far below. */
const LONGEST_TEXT = 128 * 2 ** 20;
const PATIENCE_MS = 120_000;
const MOST_REDIRECTS = 5;

export type ProxyOptions = { routes: readonly Route[]; cache: PackageCache; log: (line: string) => void };

/**
 * A server that hands out what the registries of `routes` have, and nothing else. Files that never change are kept.
 * Registries are reached as this machine's own clients reach them: by its proxy variables or apt's own proxy.
 */
export function packageProxy({ routes, cache, log }: ProxyOptions): Server {
  const fromEnvironment = new EnvHttpProxyAgent({ connect: { timeout: 30_000 }, connections: 16 });
  const own = new Map(routes.flatMap(({ via }) => (via ? [[via, new ProxyAgent(via)] as const] : [])));
  const agentOf = ({ via }: Route): Dispatcher => (via && own.get(via)) || fromEnvironment;

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = req.url ?? '';
    const target = targetOf(routes, path);
    if (req.method !== 'GET' && req.method !== 'HEAD') return refuse(res, 405, 'only GET and HEAD');
    if (!target) return refuse(res, 404, 'no registry of this lab');
    const kept = target.keep ? await cache.find(target.url) : undefined;
    if (kept) {
      log(`kept    ${path} ${kept.bytes}`);
      res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': kept.bytes });
      if (req.method === 'HEAD') res.end();
      else await pipeline(createReadStream(kept.file), res);
      return;
    }
    const status = await pass(target, req, res);
    log(`fetched ${path} ${status}`);
  }

  async function pass(target: Target, req: IncomingMessage, res: ServerResponse): Promise<number> {
    const { statusCode, headers, body } = await ask(target, req);
    const back: Record<string, string | string[]> = {};
    for (const name of BACK) back[name] = headers[name] ?? [];
    const length = Number(headers['content-length']) || undefined;
    if (req.method === 'HEAD' || statusCode === 304) {
      await body.dump();
      res.writeHead(statusCode, { ...back, ...(length !== undefined && { 'content-length': length }) }).end();
    } else if (statusCode === 200 && target.route.rewrite.length > 0 && !target.keep) {
      const text = rewritten(await whole(body), target.route);
      res.writeHead(200, { ...back, 'content-length': Buffer.byteLength(text) }).end(text);
    } else {
      res.writeHead(statusCode, { ...back, ...(length !== undefined && { 'content-length': length }) });
      if (statusCode === 200 && target.keep) await keepAndPass(target.url, body, length, res);
      else await pipeline(body, res);
    }
    return statusCode;
  }

  /** Redirections are followed here: the node could not. */
  async function ask(target: Target, req: IncomingMessage): Promise<Dispatcher.ResponseData> {
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    for (const name of UP) {
      const value = req.headers[name];
      // A text that is rewritten is another one than the registry's.
      if (typeof value === 'string' && !(name.startsWith('if-') && target.route.rewrite.length > 0))
        headers[name] = value;
    }
    let url = target.url;
    for (let turn = 0; ; turn++) {
      const method = req.method as 'GET' | 'HEAD';
      const dispatcher = agentOf(target.route);
      const options = { method, headers, dispatcher, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS };
      const response = await request(url, options);
      const { location } = response.headers;
      if (![301, 302, 303, 307, 308].includes(response.statusCode) || typeof location !== 'string') return response;
      await response.body.dump();
      if (turn === MOST_REDIRECTS) throw new Error('too many redirections');
      url = new URL(location, url).href;
    }
  }

  /** A client that goes away does not end the download: the next one wants the same file. */
  async function keepAndPass(
    url: string,
    body: Readable,
    bytes: number | undefined,
    res: ServerResponse,
  ): Promise<void> {
    const toFile = new PassThrough();
    const keeping = cache.keep(url, toFile, bytes);
    const passing = (async () => {
      try {
        for await (const chunk of body) {
          if (!toFile.write(chunk)) await drained(toFile);
          if (!res.destroyed && !res.write(chunk)) await drained(res);
        }
        toFile.end();
      } catch (error) {
        toFile.destroy(error as Error);
        throw error;
      }
    })();
    const [kept, passed] = await Promise.allSettled([keeping, passing]);
    if (passed.status === 'rejected') throw passed.reason;
    if (kept.status === 'rejected') throw kept.reason;
    if (kept.value) res.end();
    else res.destroy();
  }

  const server = createServer((req, res) => {
    answer(req, res).catch((error: unknown) => {
      log(`failed  ${req.url} ${(error as Error).message}`);
      if (res.headersSent) res.destroy();
      else refuse(res, 502, `the registry did not answer: ${(error as Error).message}`);
    });
  });
  return server.once('close', () => {
    for (const agent of [fromEnvironment, ...own.values()]) agent.close().catch(() => undefined);
  });
}

function refuse(res: ServerResponse, code: number, why: string): void {
  res.writeHead(code, { 'content-type': 'text/plain' }).end(`${why}\n`);
}

/** Waits until a stream takes more, or has gone. */
function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const name of ['drain', 'close', 'error']) stream.off(name, done);
      resolve();
    };
    for (const name of ['drain', 'close', 'error']) stream.once(name, done);
  });
}

async function whole(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LONGEST_TEXT) throw new Error(`a text of more than ${LONGEST_TEXT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Leads a client that reads `text` back to the proxy. */
function rewritten(text: string, { rewrite }: Route): string {
  return rewrite.reduce((result, [from, to]) => result.replaceAll(from, to), text);
}
