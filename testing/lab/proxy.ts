/** The process of a lab's package proxy. It reads its settings, says `ready`, and runs until it is killed. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { GATEWAY, PROXY_PORT } from './addresses.js';
import { program } from './lab-folders.js';
import { PackageCache } from './package-cache.js';
import { packageProxy } from './package-proxy.js';
import type { ProxySettings } from './proxy-process.js';

const settings = JSON.parse(await text(process.stdin)) as ProxySettings;
const cache = new PackageCache(settings.cache);
await cache.open();
await cache.trim(settings.mostBytes);
const log = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);

const [command = '', ...args] = settings.inside;
const listener = fork(program('proxy-listener'), [GATEWAY, String(PROXY_PORT)], {
  execPath: command,
  execArgv: [...args, process.execPath],
});
const [, socket] = (await once(listener, 'message')) as [string, Server];
const server = packageProxy({ routes: settings.routes, cache, log });
server.listen(socket, () => process.stdout.write('ready\n'));
