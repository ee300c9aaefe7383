import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { Config } from '../../config.js';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

const bare = (name: string): string => name.replace(/^\[|\]$/g, '').toLowerCase();

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** True when only this machine can reach `host`. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(bare(host));

export type Origins = {
  /** Whether a request for this `Host` header may be answered. */
  hostAllowed(host: string | undefined): boolean;
  /** Whether a page of `origin` may use the agent at `host`. */
  originAllowed(origin: string, host: string | undefined): boolean;
};

/**
 * Rules against foreign pages and against DNS rebinding (a foreign name that resolves to this machine). Names are
 * checked where a name alone gives power: on loopback, and when sign-in is off. An address is always fine, because a
 * page cannot make its own name into one.
 */
export function origins(config: Pick<Config, 'TWIN_HOST' | 'TWIN_ORIGINS' | 'AUTH_DISABLED'>): Origins {
  const extra = config.TWIN_ORIGINS.split(',').flatMap((origin) => parse(origin.trim()) ?? []);
  const strict = isLoopback(config.TWIN_HOST) || config.AUTH_DISABLED;
  const mine = hostname().toLowerCase();
  const known = new Set([
    'localhost',
    mine,
    `${mine}.local`,
    bare(config.TWIN_HOST),
    ...extra.map((url) => bare(url.hostname)),
  ]);

  const named = (host: string | undefined): boolean => {
    const url = host && /^[\w.:[\]-]+$/.test(host) ? parse(`http://${host}`) : undefined;
    if (!url) return false;
    const name = bare(url.hostname);
    return !strict || isIP(name) !== 0 || known.has(name) || name.endsWith('.localhost');
  };
  // Nearly every request names the same host.
  let last: string | undefined;

  return {
    hostAllowed(host) {
      if (host !== undefined && host === last) return true;
      if (!named(host)) return false;
      last = host;
      return true;
    },
    originAllowed(origin, host) {
      const url = parse(origin);
      if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
      return url.host === host?.toLowerCase() || extra.some((each) => each.origin === url.origin);
    },
  };
}
