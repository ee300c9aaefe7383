#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(built)) {
  const { run } = await import(built.href);
  await run(process.argv);
} else {
  process.stderr.write('The twin command is not built yet.\nRun `npm run build:server` first.\n');
  process.exitCode = 2;
}
