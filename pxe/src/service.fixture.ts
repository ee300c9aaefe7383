import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Said } from './boot-routes.js';
import { openImages } from './images.js';
import { openService, type Service, socketOf } from './service.js';

export const MAC = '52:54:00:00:00:01';
export const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKf0cQ5CqN0fJ1yqY0bTn0D8rJZ4vVq5yq3k7z0m1n2o controller';
export const ROOT_TEXT = 'root file system\n';

export type Bench = {
  state: string;
  socket: string;
  said: Said[];
  failures: unknown[];
  url: (path: string) => string;
  get(path: string): Promise<{ status: number; text: string }>;
  post(path: string, body: string): Promise<{ status: number; text: string }>;
  /** Over TLS, trusting this certificate only. */
  secure(path: string, body: string, cert: string): Promise<{ status: number; text: string }>;
  /** Where requests to join are put, and where they are answered. */
  spool: string;
  progress: string;
  /** The token of the script that this machine gets. */
  token(): Promise<string>;
  /** Kill and start again: the journal is all that stays. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

/** The service on a free port with two small files as images. */
export async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'twin-pxe-'));
  const images = join(folder, 'images');
  await mkdir(images);
  const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
  await writeFile(join(images, 'root.tar.zst'), ROOT_TEXT);
  await writeFile(join(images, 'vmlinuz'), 'kernel');
  await writeFile(join(folder, 'secret'), 'secret');
  await writeFile(join(images, 'archive'), 'http://archive.test/debian\n');
  const sums = `${sum(ROOT_TEXT)}  root.tar.zst\n${sum('kernel')}  vmlinuz\n`;
  await writeFile(join(images, 'SHA256SUMS'), sums);
  const state = join(folder, 'state');
  const [spool, progress] = [join(folder, 'spool'), join(folder, 'progress')];
  await mkdir(spool);
  await mkdir(progress);
  const said: Said[] = [];
  const failures: unknown[] = [];
  const open = async (): Promise<Service> =>
    openService({
      state,
      host: '127.0.0.1',
      port: 0,
      tlsPort: 0,
      server: 'http://127.0.0.1:8100',
      images: await openImages(images),
      authorizedKeys: [KEY],
      join: { spool, progress },
      say: (line) => void said.push(line),
      failed: (error) => void failures.push(error),
    });
  let service = await open();
  const url = (path: string): string => `http://127.0.0.1:${service.port}${path}`;
  const answer = async (response: Response) => ({ status: response.status, text: await response.text() });
  const get = async (path: string) => answer(await fetch(url(path)));
  return {
    state,
    socket: socketOf(state),
    said,
    failures,
    url,
    get,
    post: async (path, body) => answer(await fetch(url(path), { method: 'POST', body })),
    async secure(path, body, ca) {
      const sent = request({ host: '127.0.0.1', port: service.tlsPort, path, method: 'POST', ca });
      const [response] = (await once(sent.end(body), 'response')) as [IncomingMessage];
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      return { status: response.statusCode ?? 0, text };
    },
    spool,
    progress,
    token: async () => /twin\.token=([0-9a-f]{32})/.exec((await get(`/boot?mac=${MAC}`)).text)?.[1] ?? '',
    async restart() {
      await service.close();
      service = await open();
    },
    async close() {
      await service.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
