/** Tries what control groups hold back, from inside of the sandbox; prints what happened as one line of JSON. Run by `delegated.sh`. */
import { readdirSync } from 'node:fs';
import { DEFAULT_LIMITS } from '@twin/pipecat-app/tools/sandbox/limits.js';
import { Sandbox } from '@twin/pipecat-app/tools/sandbox/sandbox.js';

const MIB = 2 ** 20;
const [, , unit = ''] = process.argv;
const sandbox = new Sandbox({ ...DEFAULT_LIMITS, memoryBytes: 96 * MIB, processes: 16, wallMs: 120_000 });
const run = async (script: string) => {
  const { ending, code, stdout } = await sandbox.run(['/bin/bash', '-c', script], {
    signal: AbortSignal.timeout(150_000),
  });
  return { ending, code, stdout: stdout.trim() };
};

const seen = {
  user: process.getuid?.(),
  detail: sandbox.detail(),
  ordinary: await run('echo fine'),
  // Each file and each process is small enough for its own limit; the watch would not count the files at all.
  files: await run(
    'for i in 1 2 3; do head -c 60M /dev/zero >/tmp/$i || head -c 60M /dev/zero >/dev/shm/$i; done; echo survived',
  ),
  together: await run(
    'for i in 1 2 3 4; do python3 -c "import time; a = bytearray(40 << 20); time.sleep(30)" & done; wait; echo survived',
  ),
  processes: await run(`python3 -c '
import os, time
count = 0
try:
    while count < 60:
        if os.fork() == 0: time.sleep(60)
        count += 1
except OSError: pass
print(count, flush=True)
os._exit(0)'`),
  left: readdirSync(unit).filter((name) => name.startsWith('sandbox')),
};
await sandbox.close();
console.log(`seen ${JSON.stringify(seen)}`);
