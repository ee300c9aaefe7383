import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../../config.js';
import { TwinError } from '../../errors.js';
import type { Role } from '../protocol.js';
import type { Keys } from './keys.js';
import { type Origins, origins } from './origin.js';
import type { SignIns } from './sign-in.js';
import type { SignedIn } from './tickets.js';

/** Who asks. `ambient`: the browser sent the proof by itself (cookie, or no sign-in at all), so the origin matters. */
export type Principal = SignedIn & { ambient: boolean };

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Names of HTTP methods that change nothing. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

const unauthorized = (): TwinError =>
  new TwinError('TWIN_UNAUTHORIZED', 'This needs a sign-in.', {
    next: 'Open a link from `twin signin`, or send an API key as `Authorization: Bearer KEY`.',
  });

/** Decides who may do what; shared by HTTP requests and WebSocket upgrades. */
export class Guard {
  readonly origins: Origins;
  readonly cookieName: string;
  readonly #config: Config;
  readonly #keys: Keys;
  readonly #signIns: SignIns;

  constructor(config: Config, keys: Keys, signIns: SignIns) {
    this.#config = config;
    this.#keys = keys;
    this.#signIns = signIns;
    this.origins = origins(config);
    this.cookieName = config.TWIN_TLS_CERT === '' ? 'twin_session' : '__Host-twin_session';
  }

  /** @throws TwinError `TWIN_HOST` */
  checkHost(headers: IncomingHttpHeaders): void {
    if (this.origins.hostAllowed(headers.host)) return;
    throw new TwinError('TWIN_HOST', 'The agent does not answer to this host name.', {
      next: 'Use its address, or add `https://NAME` to TWIN_ORIGINS.',
    });
  }

  /**
   * Who sends these headers, at least a `least`.
   * @throws TwinError `TWIN_UNAUTHORIZED`, `TWIN_FORBIDDEN`, `TWIN_ORIGIN`
   */
  admit(headers: IncomingHttpHeaders, least: Role, method: string): Principal {
    const who = this.#identify(headers);
    if (!who) throw unauthorized();
    if (who.ambient && !SAFE.has(method)) this.checkOrigin(headers, who.keyId !== 'none');
    if (RANK[who.role] < RANK[least]) {
      throw new TwinError('TWIN_FORBIDDEN', `This needs the role ${least}; yours is ${who.role}.`, {
        next: 'Ask an administrator for a key with that role.',
      });
    }
    return who;
  }

  /**
   * As `admit`, for a WebSocket: a page must come from here, and what is no page must bring a key.
   * @throws TwinError as `admit`
   */
  admitSocket(headers: IncomingHttpHeaders, least: Role): Principal {
    this.checkOrigin(headers, false);
    const who = this.admit(headers, least, 'GET');
    if (who.ambient && headers.origin === undefined && !this.#config.AUTH_DISABLED) throw unauthorized();
    return who;
  }

  /** @throws TwinError `TWIN_ORIGIN` for a foreign page, and with `required` also when no page is named. */
  checkOrigin(headers: IncomingHttpHeaders, required: boolean): void {
    const { origin } = headers;
    if (origin === undefined ? !required : this.origins.originAllowed(origin, headers.host)) return;
    throw new TwinError('TWIN_ORIGIN', 'Another web page tried to use the agent.', {
      next: 'Use the page of the agent itself, or add the origin to TWIN_ORIGINS.',
    });
  }

  cookie(headers: IncomingHttpHeaders): string | undefined {
    for (const pair of headers.cookie?.split(';') ?? []) {
      const [name, value] = pair.trim().split('=');
      if (name === this.cookieName && value) return value;
    }
    return undefined;
  }

  #identify(headers: IncomingHttpHeaders): Principal | undefined {
    const given = headers['x-api-key'] ?? /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (typeof given === 'string' && given !== '') {
      const key = this.#keys.find(given);
      if (key) return { role: key.role, name: key.name, keyId: key.id, ambient: false };
      if (!this.#config.AUTH_DISABLED) return undefined;
    }
    if (this.#config.AUTH_DISABLED) return { role: 'admin', name: 'anyone', keyId: 'none', ambient: true };
    const cookie = this.cookie(headers);
    const who = cookie === undefined ? undefined : this.#signIns.who(cookie);
    if (!who || (who.keyId !== '' && !this.#keys.get(who.keyId))) return undefined;
    return { ...who, ambient: true };
  }
}
