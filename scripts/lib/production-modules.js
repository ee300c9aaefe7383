#!/usr/bin/env node
/**
 * Prints the folders of node_modules that the built programs need, one a line: what their package.json files depend on,
 * and what that depends on. Neither what only development needs nor what belongs to other platforms.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The workspaces whose programs run on a node. */
const SHIPPED = ['hashi', 'jobs', 'pipecat-app', 'power-agent', 'pxe'];
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));

/** Where Node.js finds `name` when a file in `from` asks for it. */
function place(from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === '') return undefined;
  }
}

/** A package made for another system or CPU is in the lockfile, and may lie on the disk. */
function fits({ os = ['linux'], cpu = ['x64'], libc = ['glibc'] }) {
  return os.includes('linux') && cpu.includes('x64') && libc.includes('glibc');
}

const wanted = new Set();
const queue = [...SHIPPED];
for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = packages[at];
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  for (const name of [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers]) {
    const path = place(at, name);
    const entry = packages[path];
    if (!entry || entry.link || wanted.has(path) || !fits(entry)) continue;
    if (!existsSync(`${ROOT}${path}`)) {
      if (name in optionalDependencies || entry.optional) continue;
      process.stderr.write(`error: ${path} is not installed.\nnext:  Run npm ci.\n`);
      process.exit(1);
    }
    wanted.add(path);
    queue.push(path);
  }
}
// What lies in another one's folder comes with it.
const inside = (path) => [...wanted].some((other) => path.startsWith(`${other}/`));
for (const path of [...wanted].sort()) if (!inside(path)) process.stdout.write(`${path}\n`);
