import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SPEAKERS, type Speaker, speechFile } from '../acoustic/render.js';
import { ROOT } from '../bench/servers.js';
import { CORE2 } from './old-cpu.js';

const run = promisify(execFile);
const [emulator, ...cpu] = CORE2 as [string, ...string[]];

describe('on an emulated CPU without AVX and SSE4', () => {
  it('node and the speech detector find the speech', async () => {
    const wav = await speechFile('What time is it?', SPEAKERS[0] as Speaker);
    const program = join(ROOT, 'testing', 'dist', 'faults', 'old-cpu-vad.js');
    const { stdout } = await run(emulator, [...cpu, process.execPath, program, wav]);
    expect(stdout.split('\n')).toContain('speechStarted');
  });

  it('espeak-ng speaks', async () => {
    const args = [...cpu, '/usr/bin/espeak-ng', '--stdout', 'What time is it?'];
    const { stdout } = await run(emulator, args, { encoding: 'buffer', maxBuffer: 8 << 20 });
    expect(stdout.length).toBeGreaterThan(22_050);
  });
});
