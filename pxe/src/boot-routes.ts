import type { IncomingMessage } from 'node:http';
import { type Answer, notFound, type Route } from './answer.js';
import { plainLine, readBody } from './bodies.js';
import { PxeError } from './errors.js';
import type { Images } from './images.js';
import { installConfig } from './install-config.js';
import { parseMac } from './mac.js';
import type { Machines } from './machines.js';
import { preseed } from './preseed.js';
import { chainScript, diskScript, installerScript, installScript } from './scripts.js';

/** What happened, for the log: never a token. */
export type Said = { mac?: string; what: string; line?: string };

export type BootParts = {
  machines: Machines;
  images: Images;
  /** The address of this service as machines reach it. */
  server: string;
  /** Where an installed machine registers, and the certificate (PEM) that it must find there. */
  register: { url: string; cert: string };
  firstBoot: { script: string; unit: string };
  say: (said: Said) => void;
};

/**
 * What machines may ask: `GET /boot.ipxe`, `/boot?mac=`, `/files/NAME`, `/install/TOKEN/config`, and `POST`
 * `/install/TOKEN/log`, `/install/TOKEN/done`. Debian's installer: `GET /install/TOKEN/preseed.cfg`, `…/phase/WORD`, `…/failed/WORD`, `…/done`.
 */
export function bootRoutes({ machines, images, server, register, firstBoot, say }: BootParts): Route {
  const boot = (url: URL): Answer => {
    const mac = parseMac(url.searchParams.get('mac') ?? '');
    const answer = machines.boot(mac);
    say({
      mac,
      what: answer.into === 'disk' ? `boots from its disk (${answer.machine.phase})` : 'boots the installer',
    });
    if (answer.into === 'disk') return { text: diskScript() };
    const { plan } = answer.machine;
    if (plan?.way !== 'installer') return { text: installScript(server, answer.token) };
    return { text: installerScript(server, answer.token, plan.name) };
  };
  const config = (token: string, form: string): Answer => {
    const { machine, plan, registerToken } = machines.configure(token);
    say({ mac: machine.mac, what: 'fetched its configuration' });
    if (form === 'preseed.cfg') {
      const own = { report: `${server}/install/${token}`, archive: images.archive, began: machine.began === true };
      return { text: preseed({ ...own, plan, firstBoot, register: { ...register, token: registerToken } }) };
    }
    return {
      text: installConfig(plan, {
        rootSha256: images.rootSha256,
        archive: images.archive,
        registerToken,
        register,
        now: Date.now(),
      }),
    };
  };
  const heard = (token: string, line: string): Answer => {
    const { mac } = machines.installing(token);
    const [, kind, rest = ''] = /^(phase|failed:) (.+)$/.exec(line) ?? [];
    if (kind === 'phase') machines.report(token, { type: 'step', step: rest });
    if (kind === 'failed:') machines.report(token, { type: 'failed', reason: rest });
    say({ mac, what: 'says', line });
    return { text: '' };
  };
  const log = async (token: string, request: IncomingMessage): Promise<Answer> => {
    // A stranger's body is not read to its end.
    machines.installing(token);
    return heard(token, plainLine(await readBody(request)));
  };
  /** Debian's installer can only ask, not send. */
  const told = (token: string, kind: string, word: string): Answer =>
    heard(token, `${kind === 'phase' ? 'phase' : 'failed:'} ${word.replaceAll('-', ' ')}`);
  const done = (token: string): Answer => {
    const { mac } = machines.report(token, { type: 'installed' });
    say({ mac, what: 'is installed' });
    return { text: '' };
  };

  const route: Route = async (request, url) => {
    const read = request.method === 'GET' || request.method === 'HEAD';
    const [, token = '', action = ''] = /^\/install\/([0-9a-f]{32})\/(\S+)$/.exec(url.pathname) ?? [];
    const [, kind, word = ''] = /^(phase|failed)\/([a-z][a-z-]{0,80})$/.exec(action) ?? [];
    if (read) {
      if (url.pathname === '/health') return { text: 'ok\n' };
      if (url.pathname === '/boot.ipxe') return { text: chainScript(server) };
      if (url.pathname === '/boot') return boot(url);
      if (action === 'config' || action === 'preseed.cfg') return config(token, action);
      if (action === 'done') return done(token);
      if (kind) return told(token, kind, word);
      const file = await images.open(/^\/files\/([\w.-]+)$/.exec(url.pathname)?.[1] ?? '');
      if (file) return { file };
    } else if (request.method === 'POST') {
      if (action === 'log') return log(token, request);
      if (action === 'done') return done(token);
    }
    throw notFound();
  };
  return (request, url) =>
    route(request, url).catch((error: unknown) => {
      const what = `a token was refused to ${request.socket.remoteAddress}`;
      if (error instanceof PxeError && error.code === 'TWIN_PXE_TOKEN') say({ what });
      throw error;
    });
}
