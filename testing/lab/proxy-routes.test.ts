import { describe, expect, it } from 'vitest';
import { routesOf, targetOf } from './proxy-routes.js';

const routes = routesOf({
  debian: { main: 'http://archive.example/debian', security: 'http://security.example/debian-security' },
  aptDates: [],
  registries: { npm: 'https://npm.example', pypi: 'https://index.example/simple', go: 'https://go.example' },
  pypiFiles: 'https://files.example',
});
const urlOf = (path: string): string | undefined => targetOf(routes, path)?.url;
const kept = (path: string): boolean | undefined => targetOf(routes, path)?.keep;

describe('routes of the proxy', () => {
  it('lead below the registries of this machine', () => {
    expect(urlOf('/debian/dists/trixie/InRelease')).toBe('http://archive.example/debian/dists/trixie/InRelease');
    expect(urlOf('/security/pool/x.deb')).toBe('http://security.example/debian-security/pool/x.deb');
    expect(urlOf('/npm/@scope%2fname')).toBe('https://npm.example/@scope%2fname');
    expect(urlOf('/pypi/name/?x=1')).toBe('https://index.example/simple/name/?x=1');
    expect(urlOf('/pypi-files/packages/x.whl')).toBe('https://files.example/packages/x.whl');
    expect(urlOf('/go/golang.org/x/text/@v/list')).toBe('https://go.example/golang.org/x/text/@v/list');
  });

  it.each([
    '/',
    '/debian',
    '/other/x',
    'http://198.51.100.1/',
    '/debian/../../secret',
    '/debian/%2e%2e/x',
    '/pypi/..%2f..',
  ])('lead nowhere for %s, or at least not out of the registry', (path) => {
    const url = urlOf(path);
    expect(url === undefined || url.startsWith('https://index.example/simple/')).toBe(true);
  });

  it('keep what never changes, and nothing else', () => {
    for (const path of [
      '/debian/pool/main/j/jq/jq_1.7_amd64.deb',
      '/debian/dists/trixie/main/binary-amd64/by-hash/SHA256/00',
      '/npm/is-odd/-/is-odd-3.0.1.tgz',
      '/pypi-files/packages/x.whl',
      '/pypi-files/packages/x.whl.metadata',
      '/go/golang.org/x/text/@v/v0.3.0.zip',
    ]) {
      expect([path, kept(path)]).toEqual([path, true]);
    }
    for (const path of ['/debian/dists/trixie/InRelease', '/npm/is-odd', '/pypi/x/', '/go/golang.org/x/text/@v/list']) {
      expect([path, kept(path)]).toEqual([path, false]);
    }
  });

  it('bring clients back that a registry would send elsewhere', () => {
    const rewrite = (name: string) => routes.find((route) => route.name === name)?.rewrite;
    expect(rewrite('npm')).toEqual([['https://npm.example/', 'http://10.77.0.1:3142/npm/']]);
    expect(rewrite('pypi')).toEqual([['https://files.example/', 'http://10.77.0.1:3142/pypi-files/']]);
  });

  it('take files from the index itself where it has them', () => {
    const [index, files] = routesOf({
      debian: { main: 'http://archive.example/debian' },
      aptDates: [],
      registries: { pypi: 'https://own.example/root/simple' },
    }).slice(1);
    expect(files).toMatchObject({ name: 'pypi-files', base: 'https://own.example' });
    expect(index?.rewrite[0]?.[0]).toBe('https://own.example/');
  });

  it('use the proxy that apt uses, for archives alone', () => {
    const found = routesOf({
      debian: { main: 'http://archive.example/debian' },
      aptDates: [],
      aptProxy: 'http://cache.example:3128',
      registries: { npm: 'https://npm.example' },
    });
    expect(found.map(({ name, via }) => [name, via])).toEqual([
      ['debian', 'http://cache.example:3128'],
      ['npm', undefined],
    ]);
  });
});
