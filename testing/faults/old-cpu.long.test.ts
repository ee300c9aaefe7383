import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { speech } from '../acoustic/render.js';
import { startReal } from '../bench/servers.js';
import { User } from '../bench/user.js';
import { oldCpu } from './old-cpu.js';

const engines =
  process.env.TWIN_ENGINES || join(process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'twin', 'engines');
const engine = process.env.TWIN_CORE2_ENGINE || join(engines, 'whisper-1.9.1-core2', 'whisper-server');
/** The emulated speech detector needs more than real time: the microphone runs at this part of it. */
const PACE = 0.1;

it('the whole agent starts and completes one spoken turn on an emulated Core 2', { timeout: 1_800_000 }, async () => {
  expect(existsSync(engine), 'build it with `scripts/build-whisper.sh --class core2`').toBe(true);
  const core2 = await oldCpu(engine);
  try {
    const server = await startReal({ ...core2, patienceMs: 900_000 });
    try {
      const user = await User.join({ ...server, pace: PACE }, AbortSignal.timeout(900_000));
      const { record, answeredFrom } = await user.ask(await speech('What time is it?'));
      await user.leave();
      expect(record.actions).toEqual([{ tool: 'clock.time', args: {}, ok: true }]);
      expect(answeredFrom).toBeGreaterThan(0);
    } finally {
      await server.stop();
    }
  } finally {
    await core2.remove();
  }
});
