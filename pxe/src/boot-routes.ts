import type { IncomingMessage } from 'node:http';
import { type Answer, notFound, type Route } from './answer.js';
import { plainLine, readBody } from './bodies.js';
import { PxeError } from './errors.js';
import type { Images } from './images.js';
import { installConfig } from './install-config.js';
import { parseMac } from './mac.js';
import type { Machines } from './machines.js';
import { chainScript, diskScript, installScript } from './scripts.js';

/** What happened, for the log: never a token. */
export type Said = { mac?: string; what: string; line?: string };

export type BootParts = {
  machines: Machines;
  images: Images;
  /** The address of this service as machines reach it. */
  server: string;
  authorizedKeys: readonly string[];
  say: (said: Said) => void;
};

const HOST_KEY = /^(ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) [A-Za-z0-9+/=]{40,1500}( \S{0,200})?$/;

/**
 * What machines may ask: `GET /boot.ipxe`, `/boot?mac=`, `/files/NAME`, `/install/TOKEN/config`, and `POST`
 * `/install/TOKEN/log`, `/install/TOKEN/done`, `/register`.
 */
export function bootRoutes({ machines, images, server, authorizedKeys, say }: BootParts): Route {
  const boot = (url: URL): Answer => {
    const mac = parseMac(url.searchParams.get('mac') ?? '');
    const answer = machines.boot(mac);
    say({
      mac,
      what: answer.into === 'disk' ? `boots from its disk (${answer.machine.phase})` : 'boots the installer',
    });
    return { text: answer.into === 'disk' ? diskScript() : installScript(server, answer.token) };
  };
  const config = (token: string): Answer => {
    const { machine, plan, registerToken } = machines.configure(token);
    say({ mac: machine.mac, what: 'fetched its configuration' });
    return { text: installConfig(plan, { rootSha256: images.rootSha256, registerToken, authorizedKeys }) };
  };
  const log = async (token: string, request: IncomingMessage): Promise<Answer> => {
    const { mac } = machines.installing(token);
    const line = plainLine(await readBody(request));
    const [, kind, rest = ''] = /^(phase|failed:) (.+)$/.exec(line) ?? [];
    if (kind === 'phase') machines.report(token, { type: 'step', step: rest });
    if (kind === 'failed:') machines.report(token, { type: 'failed', reason: rest });
    say({ mac, what: 'says', line });
    return { text: '' };
  };
  const done = (token: string): Answer => {
    const { mac } = machines.report(token, { type: 'installed' });
    say({ mac, what: 'is installed' });
    return { text: '' };
  };
  const register = async (request: IncomingMessage): Promise<Answer> => {
    const form = new URLSearchParams(await readBody(request));
    const hostKey = form.get('host_key')?.trim() ?? '';
    if (!HOST_KEY.test(hostKey)) throw badKey();
    const address = request.socket.remoteAddress ?? '';
    const { mac } = machines.register(form.get('token') ?? '', { address, hostKey });
    say({ mac, what: `registered from ${address}` });
    return { text: 'registered\n' };
  };

  return async (request, url) => {
    const read = request.method === 'GET' || request.method === 'HEAD';
    const [, token = '', action] = /^\/install\/([0-9a-f]{32})\/(config|log|done)$/.exec(url.pathname) ?? [];
    if (read) {
      if (url.pathname === '/health') return { text: 'ok\n' };
      if (url.pathname === '/boot.ipxe') return { text: chainScript(server) };
      if (url.pathname === '/boot') return boot(url);
      if (action === 'config') return config(token);
      const file = await images.open(/^\/files\/([\w.-]+)$/.exec(url.pathname)?.[1] ?? '');
      if (file) return { file };
    } else if (request.method === 'POST') {
      if (action === 'log') return log(token, request);
      if (action === 'done') return done(token);
      if (url.pathname === '/register') return register(request);
    }
    throw notFound();
  };
}

function badKey(): PxeError {
  return new PxeError('TWIN_PXE_HOST_KEY', 'The host key is not one of OpenSSH.', {
    next: 'Send the content of /etc/ssh/ssh_host_ed25519_key.pub.',
  });
}
