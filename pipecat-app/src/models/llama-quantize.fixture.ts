import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the real program does, as far as we see it: the arguments, lines of progress, another file. */
const SCRIPT = `#!/bin/sh
[ "$1 $2 $3" = "--allow-requantize --pure --imatrix" ] && [ -s "$4" ] && [ "$7" = Q4_0 ] || exit 3
echo '[   1/  21] token_embd.weight'
echo '[  21/  21] output.weight'
head -c 4000 "$5" > "$6"
`;

/** Puts a stand-in for llama-quantize among the engines; quantize.test.ts runs the same tests against the real one. */
export async function standInQuantize(enginesDir: string, script = SCRIPT): Promise<void> {
  const folder = join(enginesDir, 'llama-1.2.3-core2');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'llama-quantize'), script);
  await chmod(join(folder, 'llama-quantize'), 0o755);
}
