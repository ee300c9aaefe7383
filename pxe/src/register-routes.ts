import { notFound, type Route } from './answer.js';
import { readBody } from './bodies.js';
import type { Said } from './boot-routes.js';
import { PxeError } from './errors.js';
import type { Machines } from './machines.js';
import type { Machine } from './phase.js';

const HOST_KEY = /^(ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) [A-Za-z0-9+/=]{40,1500}$/;

export type RegisterParts = {
  machines: Machines;
  /** Public keys that an installed machine lets in as root. */
  authorizedKeys: readonly string[];
  /** The only address from which they are let in. */
  controller: string;
  say: (said: Said) => void;
  /** A machine has let the controller in: it may join. */
  ready: (machine: Machine) => void;
};

/**
 * What an installed machine asks at its first start, over TLS: `POST /register` tells its host key and gets the controller's
 * keys, `POST /ready` says that it lets them in. Both may be repeated by the same machine: power may go in between.
 */
export function registerRoutes({ machines, authorizedKeys, controller, say, ready }: RegisterParts): Route {
  return async (request) => {
    if (request.method !== 'POST' || (request.url !== '/register' && request.url !== '/ready')) throw notFound();
    const form = new URLSearchParams(await readBody(request));
    const token = form.get('token') ?? '';
    // What follows the key is anybody's comment.
    const hostKey = form.get('host_key')?.trim().split(/\s+/).slice(0, 2).join(' ') ?? '';
    if (!HOST_KEY.test(hostKey)) throw badKey();
    const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    try {
      const machine = machines.register(token, { address, hostKey });
      if (request.url === '/register') {
        say({ mac: machine.mac, what: `registered from ${address}` });
        const from = `from="${controller}",no-agent-forwarding,no-X11-forwarding`;
        return {
          text: authorizedKeys.map((key) => `${from} ${key.split(' ', 2).join(' ')} twin-provision\n`).join(''),
        };
      }
      say({ mac: machine.mac, what: 'lets the controller in' });
      ready(machine);
      return { text: 'ready\n' };
    } catch (error) {
      if (error instanceof PxeError) say({ what: `a registration from ${address} was refused: ${error.message}` });
      throw error;
    }
  };
}

function badKey(): PxeError {
  return new PxeError('TWIN_PXE_HOST_KEY', 'The host key is not one of OpenSSH.', {
    next: 'Send the content of /etc/ssh/ssh_host_ed25519_key.pub.',
  });
}
