import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Health } from '@twin/pipecat-app/server/protocol.js';
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

/** The language model is as slow in emulation as its watchdog is impatient: this turn does not need it. */
const enough = ({ parts }: Health): boolean => ['vad', 'stt', 'tts'].every((part) => parts[part]?.ok);

it('the whole agent starts and completes one spoken turn on an emulated Core 2', { timeout: 1_800_000 }, async () => {
  expect(existsSync(engine), 'build it with `scripts/build-whisper.sh --class core2`').toBe(true);
  const core2 = await oldCpu(engine);
  try {
    const server = await startReal({ ...core2, patienceMs: 900_000, enough });
    try {
      const user = await User.join({ ...server, pace: PACE }, AbortSignal.timeout(900_000));
      const question = await speech('What time is it?');
      let { record, answeredFrom } = await user.ask(question);
      // An answer of the emulated ear can miss its deadline; the agent then asks to be told again.
      for (let again = 0; again < 3 && record.source === 'apology'; again++)
        ({ record, answeredFrom } = await user.ask(question));
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
