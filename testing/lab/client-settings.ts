import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '@twin/pipecat-app/errors.js';
import { type AptSource, type DebianArchives, debianArchives, parseSources } from './apt-sources.js';
import { run } from './run-command.js';

/** Package registries a node may have besides Debian's archives. */
export type Registry = 'npm' | 'pypi' | 'go';

/** Where this machine's own package clients get their packages. Read while the lab starts, never written down. */
export type ClientSettings = {
  debian: DebianArchives;
  /** apt's own settings about dates, in the words of its configuration: snapshots of an archive need them. */
  aptDates: string[];
  aptProxy?: string;
  registries: Partial<Record<Registry, string>>;
  /** The address of the package index's files, where they lie elsewhere. */
  pypiFiles?: string;
};

const APT = '/etc/apt';

/** @throws TwinError `TWIN_LAB_SOURCES` where apt has no archive of Debian */
export async function readClientSettings(signal?: AbortSignal): Promise<ClientSettings> {
  const [debian, apt, npm, pypi, go] = await Promise.all([
    aptArchives(),
    answer(['apt-config', 'dump'], signal),
    answer(['npm', 'config', 'get', 'registry'], signal),
    answer(['python3', '-c', PYPI], signal),
    answer(['go', 'env', 'GOPROXY'], signal),
  ]);
  const [index, files] = pypi.split('\n');
  const registries: ClientSettings['registries'] = {};
  for (const [name, url] of [
    ['npm', npm],
    ['pypi', index],
    ['go', goProxy(go)],
  ] as const) {
    if (url && /^https?:\/\/\S+$/.test(url)) registries[name] = url.replace(/\/+$/, '');
  }
  const aptProxy = /^Acquire::http::Proxy "(https?:[^"]+)";/m.exec(apt)?.[1];
  return {
    debian,
    aptDates: apt.split('\n').filter((line) => /^Acquire::(Check-Date|Check-Valid-Until) /.test(line)),
    ...(aptProxy && { aptProxy }),
    registries,
    ...(files && { pypiFiles: files }),
  };
}

/** The index that pip uses: that of its settings, else its own. */
const PYPI = `
from pip._internal.configuration import Configuration
from pip._internal.models.index import PyPI
settings = Configuration(isolated=False)
settings.load()
items = dict(settings.items())
if items and isinstance(next(iter(items.values())), dict):
    items = {key: value for part in items.values() for key, value in part.items()}
named = [items[key] for key in (":env:.index-url", "install.index-url", "global.index-url") if key in items]
print(named[0] if named else PyPI.simple_url)
print("" if named else "https://" + PyPI.file_storage_domain)
`;

/** The first address of Go's list of proxies. */
export function goProxy(list: string): string | undefined {
  return list.split(/[,|]/).find((entry) => /^https?:/.test(entry));
}

async function aptArchives(): Promise<DebianArchives> {
  const parts = (await readdir(join(APT, 'sources.list.d')).catch(() => []))
    .sort()
    .map((name) => `sources.list.d/${name}`);
  const sources: AptSource[] = [];
  for (const name of ['sources.list', ...parts]) {
    const form = /\.(list|sources)$/.exec(name)?.[1] as 'list' | 'sources' | undefined;
    if (form) sources.push(...parseSources(await readFile(join(APT, name), 'utf8').catch(() => ''), form));
  }
  const archives = debianArchives(sources);
  if (archives) return archives;
  throw new TwinError('TWIN_LAB_SOURCES', 'apt of this machine has no archive of Debian that is reached over HTTP.', {
    next: 'The nodes of a lab are Debian: add a Debian archive to /etc/apt/sources.list.d.',
  });
}

/** What a client says; nothing where the machine has no such client. */
async function answer(command: string[], signal?: AbortSignal): Promise<string> {
  try {
    const { code, stdout } = await run(command, { signal });
    return code === 0 ? stdout.trim() : '';
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
