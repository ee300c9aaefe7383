#!/usr/bin/env node
/**
 * Adds the optional platform packages that `npm install` left out of package-lock.json because the registry at hand
 * does not serve them. Without the entries `npm ci` refuses the lockfile; with them it skips what this machine cannot
 * run. Run after every `npm install` that changes the lockfile.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const SYSTEMS = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'openharmony',
  'win32',
  'wasm32',
  'aix',
  'netbsd',
  'openbsd',
  'sunos',
];
const CPUS = ['arm64', 'armv7', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'wasm32', 'loong64'];

/** os, cpu and libc as npm spells them, read from names like `@scope/binding-linux-arm64-musl`. */
function platform(name) {
  const words = name.split(/[-/]/);
  const os = SYSTEMS.find((s) => words.includes(s)) ?? 'none';
  const cpu = CPUS.find((c) => words.some((w) => w === c || w.startsWith(c)));
  return {
    os: [os],
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(words.some((w) => w.includes('musl')) ? { libc: ['musl'] } : {}),
  };
}

let added = 0;
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (lock.packages[place] || !/^\d/.test(version) || Object.keys(lock.packages).some((p) => p.endsWith(`/${place}`)))
      continue;
    lock.packages[place] = { version, optional: true, ...platform(name) };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added} platform packages added`);
