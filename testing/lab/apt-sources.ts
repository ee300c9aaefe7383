/** One line of apt's sources: an archive and what is taken from it. */
export type AptSource = { uri: string; suites: string[]; components: string[] };

/** Reads both forms of apt's sources, one-line (`.list`) and deb822 (`.sources`). Source packages and disabled ones are left out. */
export function parseSources(text: string, form: 'list' | 'sources'): AptSource[] {
  return form === 'list' ? oneLine(text) : deb822(text);
}

function oneLine(text: string): AptSource[] {
  const found: AptSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)((?:\s+[^#\s]\S*)*)/.exec(line);
    if (!match) continue;
    const [, uri = '', suite = '', rest = ''] = match;
    found.push({ uri, suites: [suite], components: words(rest) });
  }
  return found;
}

function deb822(text: string): AptSource[] {
  const found: AptSource[] = [];
  for (const stanza of text.split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    let last = '';
    for (const line of stanza.split('\n')) {
      if (line.startsWith('#')) continue;
      const field = /^([A-Za-z-]+):(.*)$/.exec(line);
      if (field) last = (field[1] as string).toLowerCase();
      if (last) fields.set(last, `${fields.get(last) ?? ''} ${field ? field[2] : line}`);
    }
    const field = (name: string): string[] => words(fields.get(name) ?? '');
    if (!field('types').includes('deb') || field('enabled')[0] === 'no') continue;
    for (const uri of field('uris')) found.push({ uri, suites: field('suites'), components: field('components') });
  }
  return found;
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** The archives that a Debian node needs: the main one and, where this machine has one, that of security updates. */
export type DebianArchives = { main: string; security?: string };

/** Picks a machine's Debian archives out of its sources; undefined where it has none that is reached over HTTP. */
export function debianArchives(sources: readonly AptSource[]): DebianArchives | undefined {
  const usable = sources.filter(({ uri, components }) => /^https?:\/\//.test(uri) && components.includes('main'));
  const forSecurity = ({ uri, suites }: AptSource): boolean =>
    suites.some((suite) => /[-/]security$|\/updates$/.test(suite)) && uri.includes('security');
  const main = usable.find((source) => !forSecurity(source) && /debian/.test(source.uri)) ?? usable[0];
  if (!main) return undefined;
  const security = usable.find(forSecurity);
  const bare = (uri: string): string => uri.replace(/\/+$/, '');
  return { main: bare(main.uri), ...(security && { security: bare(security.uri) }) };
}
