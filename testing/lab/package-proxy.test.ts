import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PackageCache } from './package-cache.js';
import { packageProxy } from './package-proxy.js';

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** A registry on loopback in whose place `answer` stands, and the proxy before it. */
describe('the proxy for packages', () => {
  let folder: string;
  let registry: Server;
  let proxy: Server;
  let answer: RequestListener;
  let asked: string[];
  let logged: string[];
  let at: string;

  beforeEach(async () => {
    vi.stubEnv('no_proxy', '127.0.0.1');
    folder = await mkdtemp(join(tmpdir(), 'twin-proxy-'));
    asked = [];
    logged = [];
    registry = createServer((req, res) => {
      asked.push(`${req.method} ${req.url}`);
      answer(req, res);
    });
    await once(registry.listen(0, '127.0.0.1'), 'listening');
    const base = `http://127.0.0.1:${portOf(registry)}/base`;
    const cache = new PackageCache(folder);
    const routes = [
      { name: 'debian', base, keep: '\\.deb$', rewrite: [] },
      {
        name: 'npm',
        base,
        keep: '\\.tgz$',
        rewrite: [[`${base}/`, 'http://proxy.example/npm/']] as [string, string][],
      },
    ];
    proxy = packageProxy({ routes, cache, log: (line) => logged.push(line) });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    at = `http://127.0.0.1:${portOf(proxy)}`;
  });
  afterEach(async () => {
    for (const server of [proxy, registry]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    // The last file may still be on its way into the cache.
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    vi.unstubAllEnvs();
  });

  it('asks for a package once', async () => {
    answer = (_, res) => void res.end('package');
    for (let turn = 0; turn < 2; turn++) expect(await (await fetch(`${at}/debian/x.deb`)).text()).toBe('package');
    expect(asked).toEqual(['GET /base/x.deb']);
    expect(logged.map((line) => line.split(' ')[0])).toEqual(['fetched', 'kept']);
  });

  it('asks for an index each time, and passes on that it is unchanged', async () => {
    answer = (req, res) => {
      if (req.headers['if-none-match'] === '"1"') res.writeHead(304).end();
      else res.writeHead(200, { etag: '"1"' }).end('index');
    };
    const first = await fetch(`${at}/debian/InRelease`);
    expect([await first.text(), first.headers.get('etag')]).toEqual(['index', '"1"']);
    expect((await fetch(`${at}/debian/InRelease`, { headers: { 'if-none-match': '"1"' } })).status).toBe(304);
    expect(asked).toHaveLength(2);
  });

  it('rewrites where an index leads', async () => {
    answer = (_, res) => void res.end(`{"tarball":"http://127.0.0.1:${portOf(registry)}/base/a/-/a-1.tgz"}`);
    expect(await (await fetch(`${at}/npm/a`)).json()).toEqual({ tarball: 'http://proxy.example/npm/a/-/a-1.tgz' });
  });

  it('follows a registry that keeps its files elsewhere', async () => {
    answer = (req, res) => {
      if (req.url === '/base/x.deb') res.writeHead(302, { location: '/store/1' }).end();
      else res.end('moved');
    };
    expect(await (await fetch(`${at}/debian/x.deb`)).text()).toBe('moved');
  });

  it('passes refusals on and keeps none', async () => {
    answer = (_, res) => void res.writeHead(404).end('no such package');
    for (let turn = 0; turn < 2; turn++) expect((await fetch(`${at}/debian/x.deb`)).status).toBe(404);
    expect(asked).toHaveLength(2);
  });

  it('keeps no package that came in part', async () => {
    answer = (_, res) => {
      res.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => res.destroy());
    };
    await expect(fetch(`${at}/debian/x.deb`).then((response) => response.text())).rejects.toThrow();
    answer = (_, res) => void res.end('whole');
    expect(await (await fetch(`${at}/debian/x.deb`)).text()).toBe('whole');
  });

  it('goes on with a download whose client went away', async () => {
    let release = (): void => undefined;
    answer = (_, res) => {
      res.write('one ');
      release = () => void res.end('two');
    };
    const client = connect(portOf(proxy), '127.0.0.1');
    client.write('GET /debian/x.deb HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(client, 'data');
    client.destroy();
    await once(client, 'close');
    release();
    await expect.poll(() => logged.length).toBe(1);
    expect(await (await fetch(`${at}/debian/x.deb`)).text()).toBe('one two');
    expect(asked).toHaveLength(1);
  });

  it('says so when the registry is away', async () => {
    answer = (req) => void req.socket.destroy();
    const response = await fetch(`${at}/debian/InRelease`);
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(/^the registry did not answer/);
  });

  it('takes nobody elsewhere and takes nothing in', async () => {
    answer = (_, res) => void res.end();
    expect((await fetch(`${at}/else/x`)).status).toBe(404);
    expect((await fetch(`${at}/debian/x.deb`, { method: 'POST', body: 'x' })).status).toBe(405);
    expect(asked).toEqual([]);
  });
});
