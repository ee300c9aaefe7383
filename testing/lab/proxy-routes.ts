import { GATEWAY, PROXY_PORT } from './addresses.js';
import type { ClientSettings } from './client-settings.js';

/** One registry behind the proxy: requests below `/<name>/` go to `base`. */
export type Route = {
  name: string;
  /** Without a slash at its end. */
  base: string;
  /** An HTTP proxy that this machine's own client uses for it. */
  via?: string;
  /** What of it never changes and is kept: a regular expression on the path. */
  keep: string;
  /** Texts of its answers that lead a client elsewhere, and what they become. */
  rewrite: [from: string, to: string][];
};

const here = (name: string): string => `http://${GATEWAY}:${PROXY_PORT}/${name}`;

const KEEP = {
  debian: '\\.u?deb$|/by-hash/',
  npm: '\\.tgz$',
  files: '\\.(whl|metadata|tar\\.gz|zip)$',
  go: '/@v/v[^/]+\\.(info|mod|zip)$',
};

/** The routes of a lab, from this machine's own client settings. */
export function routesOf(settings: ClientSettings): Route[] {
  const { debian, registries, aptProxy, pypiFiles } = settings;
  const routes: Route[] = [];
  const archive = (name: string, base: string): void =>
    void routes.push({ name, base, keep: KEEP.debian, rewrite: [], ...(aptProxy && { via: aptProxy }) });
  archive('debian', debian.main);
  if (debian.security) archive('security', debian.security);
  if (registries.npm) {
    routes.push({
      name: 'npm',
      base: registries.npm,
      keep: KEEP.npm,
      rewrite: [[`${registries.npm}/`, `${here('npm')}/`]],
    });
  }
  if (registries.pypi) {
    // Files lie at an address of their own, or at that of the index.
    const files = pypiFiles ?? new URL(registries.pypi).origin;
    routes.push({
      name: 'pypi',
      base: registries.pypi,
      keep: KEEP.files,
      rewrite: [[`${files}/`, `${here('pypi-files')}/`]],
    });
    routes.push({ name: 'pypi-files', base: files, keep: KEEP.files, rewrite: [] });
  }
  if (registries.go) routes.push({ name: 'go', base: registries.go, keep: KEEP.go, rewrite: [] });
  return routes;
}

/** Where a request goes. */
export type Target = { route: Route; url: string; keep: boolean };

/** Finds the registry of a request's path; undefined for a path that belongs to none, or leads out of its registry. */
export function targetOf(routes: readonly Route[], path: string): Target | undefined {
  const [, name, rest] = /^\/([a-z-]+)(\/.*)$/.exec(path) ?? [];
  const route = routes.find((candidate) => candidate.name === name);
  if (!route || rest === undefined) return undefined;
  const url = URL.canParse(route.base + rest) ? new URL(route.base + rest) : undefined;
  if (!url?.href.startsWith(`${new URL(route.base).href.replace(/\/$/, '')}/`)) return undefined;
  return { route, url: url.href, keep: new RegExp(route.keep).test(url.pathname) };
}
