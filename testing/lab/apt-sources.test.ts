import { describe, expect, it } from 'vitest';
import { debianArchives, parseSources } from './apt-sources.js';

const DEB822 = `Types: deb
# a comment in the stanza
URIs: http://archive.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib

Types: deb deb-src
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: sid
Components: main
`;

describe('apt sources', () => {
  it('are read from deb822, without disabled ones and comments', () => {
    expect(parseSources(DEB822, 'sources')).toEqual([
      {
        uri: 'http://archive.example/debian/',
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main', 'contrib'],
      },
      { uri: 'http://security.example/debian-security', suites: ['bookworm-security'], components: ['main'] },
    ]);
  });

  it('are read from lines, with and without options', () => {
    const text = `# deb http://no.example/debian sid main
deb [arch=amd64 signed-by=/k.gpg] https://archive.example/debian trixie main non-free # ours
deb-src http://archive.example/debian trixie main
deb http://flat.example/repo ./`;
    expect(parseSources(text, 'list')).toEqual([
      { uri: 'https://archive.example/debian', suites: ['trixie'], components: ['main', 'non-free'] },
      { uri: 'http://flat.example/repo', suites: ['./'], components: [] },
    ]);
  });

  it('give the main archive and that of security updates', () => {
    expect(debianArchives(parseSources(DEB822, 'sources'))).toEqual({
      main: 'http://archive.example/debian',
      security: 'http://security.example/debian-security',
    });
  });

  it('of other projects are not taken for Debian', () => {
    const text = `deb http://tools.example/apt stable main
deb http://archive.example/debian trixie main`;
    expect(debianArchives(parseSources(text, 'list'))).toEqual({ main: 'http://archive.example/debian' });
  });

  it('on a medium alone are no archive', () => {
    expect(debianArchives(parseSources('deb cdrom:[Debian] trixie main', 'list'))).toBeUndefined();
    expect(debianArchives(parseSources('deb file:/srv/debian trixie main', 'list'))).toBeUndefined();
  });
});
